// The Job that migrates a site's database ahead of a release, or says what that would do. Pure.
import {
  type LmsTenant,
  MIGRATE_ENVIRONMENT,
  MIGRATE_FAILURES,
  type MigrateReport,
} from "../../api/index.ts";
import type { Job } from "../engine/index.ts";
import { jsonObject } from "../runs/last-message.ts";
import { runtimeJob, TERMINATION_LOG } from "../runs/runtime-job.ts";
import { databaseEnv } from "../tenant/resources/database-env.ts";

/** An image that cannot be pulled is told after this. */
const PLAN_MINUTES = 10;
const MIGRATE_MINUTES = 240;

export function migrateJob(
  tenant: LmsTenant,
  input: { readonly name: string; readonly image: string; readonly plan: boolean },
): Job {
  const { name, image, plan } = input;
  return runtimeJob(tenant, {
    name,
    component: "update",
    image,
    args: ["lms", "migrate"],
    env: [
      ...databaseEnv(tenant),
      { name: MIGRATE_ENVIRONMENT.plan, value: String(plan) },
      { name: MIGRATE_ENVIRONMENT.report, value: TERMINATION_LOG },
    ],
    places: [],
    deadlineMinutes: plan ? PLAN_MINUTES : MIGRATE_MINUTES,
    // What PostgreSQL refuses once it refuses again.
    retries: 1,
    resources: undefined,
  });
}

/** The report in a termination message; `undefined` when it is none. */
export function migrateReport(message: string): MigrateReport | undefined {
  const report = jsonObject(message) as Partial<MigrateReport> | undefined;
  if (report?.ok === true && typeof report.schemaVersion === "number") return report as MigrateReport;
  if (report?.ok === false && report.reason !== undefined && MIGRATE_FAILURES.includes(report.reason))
    return report as MigrateReport;
  return undefined;
}
