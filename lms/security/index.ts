// What stands before every route of the site: headers, who asks, and whether a form is genuine.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Session, Sessions } from "../accounts/sessions.ts";
import { expiredSessionCookie, readSessionCookie, sessionCookie } from "./cookie.ts";
import { requireCsrfToken, requireSameOrigin } from "./csrf.ts";
import { securityHeaders } from "./headers.ts";

export { ForgedRequest } from "./csrf.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is signed in; undefined for visitors, and for reads of routes with `config: { session: false }`. */
    session: Session | undefined;
    /** What the session cookie says, whether or not it still holds: `session` knows, or SESSION_SQL of a page query. */
    sessionToken: string | undefined;
  }
  interface FastifyContextConfig {
    /** False where nobody needs to know who asks, or the page's own query finds out: saves a query on reads. */
    session?: boolean;
  }
}

/** Whether the visitor's connection is https, as the proxy in front tells by X-Forwarded-Proto. */
export const isHttps = (request: FastifyRequest): boolean => request.protocol === "https";

const isRead = ({ method }: FastifyRequest): boolean =>
  method === "GET" || method === "HEAD" || method === "OPTIONS";

/**
 * Adds the hooks: security headers on every answer, `request.session`, and for every POST the origin check and, when
 * somebody is signed in, the token in the form field `csrf`. Call before the routes are registered.
 */
export function registerSecurity(app: FastifyInstance, sessions: Sessions): void {
  app.decorateRequest("session", undefined);
  app.decorateRequest("sessionToken", undefined);

  app.addHook("onRequest", async (request, reply) => {
    const https = isHttps(request);
    reply.headers(securityHeaders(https));
    const token = readSessionCookie(request.headers.cookie, https);
    if (token === undefined) return;
    request.sessionToken = token;
    // What is shown to somebody signed in is nobody else's.
    reply.header("cache-control", "private, no-cache");
    // A form always needs its session: its token is checked below.
    if (isRead(request) && request.routeOptions.config.session === false) return;
    request.session = await sessions.load(token);
  });

  app.addHook("preHandler", async (request) => {
    if (isRead(request)) return;
    requireSameOrigin(request.headers, request.host);
    if (request.session) requireCsrfToken(request.body, request.session.csrf);
  });
}

/** Gives the browser a session. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.header("set-cookie", sessionCookie(token, isHttps(request)));
}

/** Takes the session from the browser; end it in the table as well. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.header("set-cookie", expiredSessionCookie(isHttps(request)));
}
