// The site people see: every page, asset and error page.
import type { FastifyInstance } from "fastify";
import type { LmsContext } from "../context.ts";
import { createAssets } from "./assets.ts";
import { registerTroubles } from "./error-pages.ts";
import { registerAccount } from "./routes/account.ts";
import { registerBrowsing } from "./routes/browse.ts";
import { registerFiles } from "./routes/files.ts";
import { registerGrades } from "./routes/grades.ts";
import { registerLearning } from "./routes/learn.ts";
import { registerQuizzes } from "./routes/quiz.ts";
import { Troubled } from "./troubles.ts";

/** Adds the pages to an app made by `createSiteServer`, which has forms, sessions and security headers already. */
export function registerSite(app: FastifyInstance, context: LmsContext): void {
  const web = { context, assets: createAssets(context.site) };
  // PostgreSQL knows no NUL in text: nothing anybody typed has one.
  app.addHook("onRequest", (request, _reply, done) => {
    done(request.url.includes("%00") ? new Troubled("NotFound") : undefined);
  });
  app.addHook("preValidation", (request, _reply, done) => {
    done(hasNul(request.body) ? new Troubled("BadRequest") : undefined);
  });
  registerTroubles(app, web);
  registerFiles(app, web);
  registerBrowsing(app, web);
  registerAccount(app, web);
  registerLearning(app, web);
  registerQuizzes(app, web);
  registerGrades(app, web);
}

function hasNul(body: unknown): boolean {
  if (body === null || typeof body !== "object") return false;
  return Object.values(body)
    .flat()
    .some((value) => String(value).includes("\0"));
}
