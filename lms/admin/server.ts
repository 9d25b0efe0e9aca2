// The listener no Ingress routes to: the admin API, and for probes and Prometheus /healthz, /readyz and /metrics.
import Fastify, { type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { observeRequests } from "../health/observe.ts";
import type { Metrics } from "../health/metrics.ts";
import type { Readiness } from "../health/readiness.ts";
import { BODY_LIMIT, problemFor } from "./errors.ts";
import { AdminProblem } from "./problem.ts";
import { type AdminDeps, registerAdminRoutes } from "./routes.ts";
import type { Authenticate } from "./tokens.ts";

export interface AdminServerOptions {
  readonly authenticate: Authenticate;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly version: string;
  /** The database and the site's settings; undefined until migrations are done. */
  readonly deps: () => Omit<AdminDeps, "metrics"> | undefined;
}

/** The admin listener's application; it answers probes from the start and documents once there is a database. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const { authenticate, readiness, metrics, log, version } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: "idle",
    return503OnClosing: false,
  });
  app.removeContentTypeParser("text/plain");
  observeRequests(app, "admin", log, metrics);

  app.setErrorHandler((error, request, reply) => {
    const problem = problemFor(error, request.id);
    const { status } = problem.body;
    if (problem.code === "Internal") log.error({ err: error, requestId: request.id }, "admin request failed");
    else if (problem.code === "NotReady") reply.header("retry-after", "2");
    return reply.code(status).type("application/problem+json").send(problem.body);
  });
  app.setNotFoundHandler(async (request) => {
    await authenticate(request.headers);
    throw new AdminProblem("NotFound", {
      detail: `there is no ${request.method} ${request.url.slice(0, 200).replace(/\?.*/, "")}`,
      remedy: "See docs/reference/admin-api.md for what there is.",
    });
  });

  app.get("/healthz", async (_request, reply) => reply.type("text/plain").send("ok\n"));
  app.get("/readyz", async (_request, reply) => {
    const reason = await readiness.check();
    if (reason === undefined) return reply.type("text/plain").send("ready\n");
    throw notReady(reason);
  });
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  registerAdminRoutes(
    app,
    authenticate,
    () => {
      const deps = options.deps();
      if (!deps) throw notReady(readiness.reason() ?? "the runtime is starting");
      if (deps.maintenance.underWay()) throw notReady("the site is being restored");
      return { ...deps, metrics };
    },
    version,
  );
  return app;
}

function notReady(reason: string): AdminProblem {
  return new AdminProblem("NotReady", {
    detail: reason,
    remedy: "Wait; the runtime goes on trying by itself.",
  });
}
