// The site's listener as every page needs it: proxies, forms, security, metrics. The pages are lms/web's.
import formbody from "@fastify/formbody";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { LmsContext } from "../context.ts";
import { observeRequests } from "../health/observe.ts";
import { registerSecurity } from "../security/index.ts";

/** Ends a request while the site is being restored. */
export class Restoring extends Error {}

/** Ends a request that would change something while the site is read-only. */
export class ReadOnly extends Error {}

/** Signing in and out changes nothing that anybody would miss. */
const changesSomething = ({ method, url }: FastifyRequest): boolean =>
  !["GET", "HEAD", "OPTIONS"].includes(method) && !/^\/sign-(in|out)\b/.test(url);

/** What looks the same whatever the database holds; the page that tells of the restore needs it. */
const isStatic = (url: string): boolean => /^\/(assets\/|favicon|robots\.txt)/.test(url);

/** The site's application without a route; `lms/web` adds them. */
export function createSiteServer(context: LmsContext): FastifyInstance {
  const app = Fastify({
    logger: false,
    // One proxy stands in front (the Ingress controller): its own words on address, host and scheme count, not what a
    // visitor made up before it.
    trustProxy: (_address, hop) => hop < 1,
    bodyLimit: 1024 * 1024,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
  });
  observeRequests(app, "site", context.log, context.metrics);
  // Pages take forms and nothing else.
  app.removeAllContentTypeParsers();
  app.register(formbody, { bodyLimit: 1024 * 1024 });
  // Before anything asks the database.
  app.addHook("onRequest", (request, _reply, done) => {
    done(context.maintenance.underWay() && !isStatic(request.url) ? new Restoring() : undefined);
  });
  registerSecurity(app, context.sessions);
  app.addHook("preHandler", (request, _reply, done) => {
    const refused = context.site.current().document.readOnly === true && changesSomething(request);
    done(refused ? new ReadOnly() : undefined);
  });
  return app;
}
