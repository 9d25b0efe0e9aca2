// How visitors are told what went wrong: every error ends as a page that looks like the site and says what to do.
import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isUnavailable } from "../db/index.ts";
import { ForgedRequest } from "../security/index.ts";
import { ReadOnly, Restoring } from "../site/server.ts";
import { errorPage, STATUS, type Trouble } from "./pages/errors.ts";
import { signInHref } from "./shell.ts";
import { SignInFirst, Troubled, wantsJson } from "./troubles.ts";
import { frame, show, type Web } from "./visit.ts";

function troubleOf(error: unknown): Trouble {
  if (error instanceof Troubled) return error.trouble;
  if (error instanceof ForgedRequest) return "Forged";
  if (error instanceof Restoring) return "Restoring";
  if (error instanceof ReadOnly) return "ReadOnly";
  if (isUnavailable(error)) return "Unavailable";
  const { statusCode } = error as { statusCode?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) return "BadRequest";
  return "Failed";
}

export function registerTroubles(app: FastifyInstance, web: Web): void {
  const { log } = web.context;
  const answer = (
    request: FastifyRequest,
    reply: FastifyReply,
    trouble: Trouble,
    reference?: string,
  ): FastifyReply => {
    void reply.status(STATUS[trouble]);
    if (STATUS[trouble] === 503) void reply.header("retry-after", "10");
    if (wantsJson(request)) return reply.send({ error: trouble });
    const within = frame(web, request, reply);
    const sent = request.method === "POST";
    return show(reply, within, errorPage(within, trouble, { reference, sent }));
  };

  app.setNotFoundHandler((request, reply) => answer(request, reply, "NotFound"));

  app.setErrorHandler((error, request, reply) => {
    if (error instanceof SignInFirst) {
      if (wantsJson(request)) return reply.status(401).send({ error: "SignInFirst" });
      return reply.redirect(signInHref(error.next), 303);
    }
    // Signed in meanwhile in another tab: there is nothing left to sign in to.
    if (error instanceof ForgedRequest && request.session && request.routeOptions.url === "/sign-in")
      return reply.redirect("/dashboard", 303);
    const trouble = troubleOf(error);
    if (trouble === "Unavailable") log.warn({ err: error }, "the database could not be reached for a page");
    if (trouble !== "Failed") return answer(request, reply, trouble);
    // What the visitor can name is what the log can be searched for.
    const reference = randomBytes(5).toString("hex");
    log.error(
      { err: error, reference, method: request.method, route: request.routeOptions.url },
      "a page failed",
    );
    return answer(request, reply, trouble, reference);
  });
}
