// How the updates of all sites stand, a line for each. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { ageText, table } from "../table.ts";

export interface SiteUpdate {
  readonly namespace: string;
  readonly tenant: string;
  /** What the site is on, as far as it is known. */
  readonly version: string | null;
  readonly upToDate: boolean | null;
  /** What it is being updated to, or was last. */
  readonly to: string | null;
  readonly step: string | null;
  readonly result: string | null;
  /** When its step was begun, or when it ended. RFC 3339. */
  readonly since: string | null;
  readonly reason: string | null;
  readonly message: string | null;
}

/** Sites with `spec.update`, those that need somebody first. */
export function fleet(tenants: readonly LmsTenant[]): SiteUpdate[] {
  return tenants
    .filter(({ spec }) => spec.update !== undefined)
    .map(siteUpdate)
    .toSorted(
      (a, b) =>
        urgency(a) - urgency(b) || a.namespace.localeCompare(b.namespace) || a.tenant.localeCompare(b.tenant),
    );
}

function siteUpdate({ metadata, status }: LmsTenant): SiteUpdate {
  const update = status?.update;
  const condition = status?.conditions?.find(({ type }) => type === "UpToDate");
  const step = update?.steps?.find(({ name }) => name === update.step);
  return {
    namespace: metadata.namespace ?? "",
    tenant: metadata.name,
    version: status?.version ?? null,
    upToDate: condition === undefined ? null : condition.status === "True",
    to: update?.to.version ?? update?.to.image ?? null,
    step: update?.result === undefined ? (update?.step ?? null) : null,
    result: update?.result ?? null,
    since: update?.completedAt ?? step?.startedAt ?? null,
    reason: condition?.reason ?? null,
    message: condition?.message ?? null,
  };
}

/** What went wrong, what is under way, what waits, what is well. */
function urgency({ upToDate, step }: SiteUpdate): number {
  if (upToDate === true) return 3;
  if (step === null) return upToDate === false ? 0 : 2;
  return step === "Approval" || step === "Window" ? 2 : 1;
}

/** For people. */
export function fleetText(sites: readonly SiteUpdate[], now: Date): string {
  if (sites.length === 0) return "no LmsTenant has spec.update\n";
  const rows = sites.map(({ namespace, tenant, version, upToDate, to, step, result, since, reason }) => [
    namespace,
    tenant,
    version ?? "-",
    upToDate === true ? "-" : (to ?? "-"),
    step ?? result ?? "-",
    since === null ? "-" : ageText(now.getTime() - Date.parse(since)),
    reason ?? "-",
  ]);
  const well = sites.filter(({ upToDate }) => upToDate === true).length;
  return `${table(["NAMESPACE", "TENANT", "VERSION", "TO", "STEP", "FOR", "STATUS"], rows)}${well} of ${sites.length} ${sites.length === 1 ? "site is" : "sites are"} up to date\n`;
}
