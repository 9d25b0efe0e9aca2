// Every request of a listener in the metrics, and in the log when somebody asks for that much.
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";

/** Measures requests by route template; a line for each at level debug. */
export function observeRequests(
  app: FastifyInstance,
  listener: "site" | "admin",
  log: Logger,
  metrics: Metrics,
): void {
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    // Never the address asked for: visitors could make as many series as they like.
    const route = request.routeOptions.url ?? "none";
    const status = String(reply.statusCode);
    metrics.httpRequestDuration.observe({ listener, method, route, status }, reply.elapsedTime / 1000);
    if (log.isLevelEnabled("debug"))
      log.debug(
        {
          listener,
          method,
          route,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
          requestId: request.id,
        },
        "request",
      );
    done();
  });
}
