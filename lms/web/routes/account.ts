// Signing in and out, one's own account.
import type { FastifyInstance } from "fastify";
import { clearSessionCookie, setSessionCookie } from "../../security/index.ts";
import { leaveMessage } from "../flash.ts";
import { accountPage } from "../pages/account.ts";
import { signInPage } from "../pages/sign-in.ts";
import { frame, goTo, show, signedIn, signedInFrame, textOf, type Web } from "../visit.ts";

export function registerAccount(app: FastifyInstance, web: Web): void {
  const { accounts, sessions } = web.context;

  app.get<{ Querystring: Record<string, unknown> }>("/sign-in", (request, reply) => {
    const next = sameSitePath(request.query["next"]);
    if (request.session) return goTo(reply, next);
    const within = frame(web, request, reply);
    return show(reply, within, signInPage(within, { next, nameOrEmail: "" }));
  });

  app.post("/sign-in", async (request, reply) => {
    const nameOrEmail = textOf(request.body, "nameOrEmail");
    const next = sameSitePath(textOf(request.body, "next"));
    const outcome = await accounts.signIn(
      { nameOrEmail, password: textOf(request.body, "password") },
      { address: request.ip, oldToken: request.sessionToken },
    );
    if (outcome.ok) {
      setSessionCookie(request, reply, outcome.token);
      return goTo(reply, next);
    }
    const within = frame(web, request, reply);
    void reply.status(outcome.reason === "Throttled" ? 429 : 422);
    if (outcome.reason === "Throttled") void reply.header("retry-after", outcome.retryAfterSeconds);
    return show(reply, within, signInPage(within, { next, nameOrEmail, refused: outcome }));
  });

  app.post("/sign-out", async (request, reply) => {
    if (request.session && request.sessionToken !== undefined) await sessions.end(request.sessionToken);
    clearSessionCookie(request, reply);
    leaveMessage(reply, "signed-out");
    return goTo(reply, "/");
  });

  app.get("/account", (request, reply) => {
    const within = signedInFrame(web, request, reply);
    return show(reply, within, accountPage(within));
  });

  app.post("/account/password", async (request, reply) => {
    const session = signedIn(request, "/account");
    const next = textOf(request.body, "next");
    const outcome =
      next === textOf(request.body, "again")
        ? await accounts.changePassword(session.accountId, request.sessionToken ?? "", {
            current: textOf(request.body, "current"),
            next,
          })
        : ({ ok: false, reason: "Different" } as const);
    if (outcome.ok) {
      leaveMessage(reply, "password-changed");
      return goTo(reply, "/account");
    }
    const within = signedInFrame(web, request, reply);
    void reply.status(outcome.reason === "Throttled" ? 429 : 422);
    return show(reply, within, accountPage(within, outcome));
  });
}

/** A path of this very site to go to after signing in; the start page instead of anything else (open redirects). */
export function sameSitePath(next: unknown): string {
  const home = "/dashboard";
  if (typeof next !== "string" || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next)) return home;
  const origin = "http://here.invalid";
  if (!URL.canParse(next, origin)) return home;
  const { origin: where, pathname, search } = new URL(next, origin);
  if (where !== origin || pathname.startsWith("//") || /^\/(sign-in|sign-out)?$/.test(pathname)) return home;
  return pathname + search;
}
