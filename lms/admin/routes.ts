// /admin/v1: who asks, what they want, the answer. The contract is api/admin/contract.ts.
import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  ADMIN_BASE_PATH,
  type AdminStatus,
  type ApplyResult,
  type Probe,
  type RemovalGuard,
  type Traffic,
} from "../../api/index.ts";
import type { Database } from "../db/index.ts";
import { SCHEMA_VERSION } from "../db/migrate.ts";
import type { Metrics } from "../health/metrics.ts";
import { trafficOf } from "../health/traffic.ts";
import type { SiteCache } from "../site/cache.ts";
import type { Maintenance } from "../site/maintenance.ts";
import { documents } from "./documents.ts";
import { AdminProblem } from "./problem.ts";
import { allDigests, type DocumentKind } from "./state.ts";
import type { Authenticate } from "./tokens.ts";

/** What the routes need once the runtime is ready. */
export interface AdminDeps {
  readonly db: Database;
  readonly site: SiteCache;
  readonly metrics: Metrics;
  readonly maintenance: Pick<Maintenance, "underWay">;
  /** Visits this replica's own site. */
  readonly probe: () => Promise<Probe>;
}

/** Adds the routes. `ready` throws the problem NotReady while the database is not there or migrations run. */
export function registerAdminRoutes(
  app: FastifyInstance,
  authenticate: Authenticate,
  ready: () => AdminDeps,
  version: string,
): void {
  const base = ADMIN_BASE_PATH;
  const guarded = { onRequest: (request: FastifyRequest) => authenticate(request.headers) };

  async function counted(
    kind: DocumentKind,
    apply: (deps: AdminDeps) => Promise<ApplyResult>,
  ): Promise<ApplyResult> {
    const deps = ready();
    try {
      const result = await apply(deps);
      if (!result.dryRun)
        deps.metrics.adminApplies.inc({ kind, result: result.changed ? "changed" : "unchanged" });
      return result;
    } catch (error) {
      deps.metrics.adminApplies.inc({ kind, result: error instanceof AdminProblem ? "refused" : "failed" });
      throw error;
    }
  }

  app.get(`${base}/status`, guarded, async (): Promise<AdminStatus> => statusOf(ready().db, version));
  app.get(`${base}/traffic`, guarded, async (): Promise<Traffic> => trafficOf(ready().metrics));
  app.post(`${base}/probe`, guarded, async (): Promise<Probe> => ready().probe());
  app.get(`${base}/digests`, guarded, async () => allDigests(ready().db));

  app.put(`${base}/site`, guarded, (request) =>
    counted("site", async ({ db, site }) => {
      const result = await documents(db).putSite(request.body, dryRun(request));
      // The other replicas hear of it by NOTIFY; this one must not answer before it knows.
      if (result.changed && !result.dryRun) await site.refresh();
      return result;
    }),
  );
  app.put(`${base}/directory`, guarded, (request) =>
    counted("directory", ({ db }) =>
      documents(db).putDirectory(request.body, dryRun(request), guardOf(request)),
    ),
  );
  app.put(`${base}/courses/:key`, guarded, (request) =>
    counted("course", ({ db }) =>
      documents(db).putCourse(keyOf(request, COURSE), request.body, dryRun(request), guardOf(request)),
    ),
  );
  app.delete(`${base}/courses/:key`, guarded, (request) =>
    counted("course", ({ db }) =>
      documents(db).deleteCourse(keyOf(request, COURSE), managerOf(request), dryRun(request)),
    ),
  );
  app.put(`${base}/bindings/:key`, guarded, (request) =>
    counted("binding", ({ db }) =>
      documents(db).putBinding(keyOf(request, BINDING), request.body, dryRun(request), guardOf(request)),
    ),
  );
  app.delete(`${base}/bindings/:key`, guarded, (request) =>
    counted("binding", ({ db }) =>
      documents(db).deleteBinding(keyOf(request, BINDING), managerOf(request), dryRun(request)),
    ),
  );
}

interface KeyRule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly remedy: string;
}

const COURSE: KeyRule = {
  what: "course key",
  pattern: /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  remedy: "Use at most 63 lower-case letters, digits and hyphens.",
};
const BINDING: KeyRule = {
  what: "binding name",
  pattern: /^(?=.{1,317}$)[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/,
  remedy: "Use <namespace>.<name>: lower-case letters, digits, hyphens and dots.",
};

function keyOf(request: FastifyRequest, { what, pattern, remedy }: KeyRule): string {
  const { key } = request.params as { key: string };
  if (!pattern.test(key))
    throw new AdminProblem("MalformedRequest", { detail: `"${key.slice(0, 80)}" is not a ${what}`, remedy });
  return key;
}

function dryRun(request: FastifyRequest): boolean {
  const { dryRun: value = "false" } = request.query as { dryRun?: string };
  if (value === "true" || value === "false") return value === "true";
  throw new AdminProblem("MalformedRequest", {
    detail: `the query parameter dryRun is "${String(value).slice(0, 80)}"`,
    remedy: "Use dryRun=true, or leave it out to apply.",
  });
}

function guardOf(request: FastifyRequest): RemovalGuard | undefined {
  const query = request.query as Partial<Record<keyof RemovalGuard, unknown>>;
  const { maxRemovalPercent, allowedRemovals, acknowledge } = query;
  if (maxRemovalPercent === undefined && allowedRemovals === undefined) return undefined;
  return {
    maxRemovalPercent: wholeNumber("maxRemovalPercent", maxRemovalPercent),
    allowedRemovals: wholeNumber("allowedRemovals", allowedRemovals),
    ...(typeof acknowledge === "string" && { acknowledge }),
  };
}

function wholeNumber(name: keyof RemovalGuard, value: unknown): number {
  if (typeof value === "string" && /^\d{1,6}$/.test(value)) return Number(value);
  throw new AdminProblem("MalformedRequest", {
    detail: `the query parameter ${name} is "${String(value).slice(0, 80)}"`,
    remedy: "Give maxRemovalPercent and allowedRemovals as whole numbers, or leave both out.",
  });
}

function managerOf(request: FastifyRequest): string {
  const { manager } = request.query as { manager?: unknown };
  if (typeof manager === "string" && manager !== "") return manager;
  throw new AdminProblem("MalformedRequest", {
    detail: "the query parameter manager is missing",
    remedy: "Say who declared the object: ?manager=…, as in the document that was sent.",
  });
}

async function statusOf(db: Database, version: string): Promise<AdminStatus> {
  const row = await db.first<AdminStatus["counts"] & { schema: number }>(
    `SELECT (SELECT max(version) FROM schema_migration) AS schema,
       (SELECT count(*) FROM account WHERE archived_at IS NULL) AS users,
       (SELECT count(*) FROM course WHERE archived_at IS NULL) AS courses,
       (SELECT count(*) FROM enrolment) AS enrolments,
       (SELECT count(*) FROM attempt) AS attempts`,
  );
  const { schema = 0, users = 0, courses = 0, enrolments = 0, attempts = 0 } = row ?? {};
  return {
    version,
    schemaVersion: schema,
    knownSchemaVersion: SCHEMA_VERSION,
    counts: { users, courses, enrolments, attempts },
  };
}
