// How backups and drills stand, for Prometheus: computed from the caches whenever they are read, so that nothing is told
// of a tenant that is gone.
import Gauge from "prom-client/lib/gauge.js";
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import { keyOf, keyString, type Live, type Manager } from "../engine/index.ts";
import { Backup, LmsTenant, Restore } from "../kinds.ts";
import { isOver, latestFirst } from "../runs/id.ts";
import { BY_TENANT } from "./indexes.ts";

/** A run that was due so long ago and has no result is overdue; beside what its deadline allows. */
const GRACE_MS = 3_600_000;
const LABELS = ["tenant_namespace", "tenant"] as const;

/** One kind of run of one tenant. */
export interface Standing {
  /** When the state was taken that the newest good run is of, seconds since 1970. */
  readonly provenAt?: number;
  /** The newest run that ended has failed. */
  readonly failed: boolean;
  /** What was due has no good result. */
  readonly overdue: boolean;
  /** How long the newest good run took, seconds. */
  readonly seconds?: number;
}

interface Run {
  readonly status?: {
    readonly completedAt?: string | undefined;
    readonly failedAt?: string | undefined;
    readonly takenAt?: string | undefined;
    readonly seconds?: number | undefined;
  };
}

/** @param dueAt scheduled time of the last run that was ordered @param deadlineMinutes of a run */
export function standingOf(
  runs: readonly Run[],
  dueAt: string | undefined,
  deadlineMinutes: number,
  now: Date,
): Standing {
  const over = runs.filter(isOver).toSorted(latestFirst);
  const good = over.find(({ status }) => status?.completedAt !== undefined)?.status;
  const late = dueAt !== undefined && now.getTime() > Date.parse(dueAt) + deadlineMinutes * 60_000 + GRACE_MS;
  const since = good?.completedAt === undefined ? -Infinity : Date.parse(good.completedAt);
  return {
    ...(good?.takenAt !== undefined && { provenAt: Date.parse(good.takenAt) / 1_000 }),
    failed: over[0]?.status?.failedAt !== undefined,
    overdue: late && since < Date.parse(dueAt),
    ...(good?.seconds !== undefined && { seconds: good.seconds }),
  };
}

/** Adds the gauges to the manager's registry. */
export function backupMetrics(manager: Manager): void {
  const tenants = manager.cache(LmsTenant);
  const backups = manager.cache(Backup);
  const restores = manager.cache(Restore);
  const backupsOf = (tenant: Live<LmsTenant>): Standing =>
    standingOf(
      backups.byIndex(BY_TENANT, keyString(keyOf(tenant))),
      tenant.status?.backup?.lastScheduledTime,
      tenant.spec.backup?.deadlineMinutes ?? 0,
      new Date(),
    );
  const drillsOf = (tenant: Live<LmsTenant>): Standing =>
    standingOf(
      restores
        .list(tenant.metadata.namespace)
        .filter(({ spec }) => spec.mode === "Verify" && spec.tenantRef.name === tenant.metadata.name),
      tenant.status?.drill?.lastScheduledTime,
      tenant.spec.backup?.drills?.deadlineMinutes ?? 0,
      new Date(),
    );
  const gauge = (
    name: string,
    help: string,
    of: (tenant: Live<LmsTenant>) => Standing,
    value: (standing: Standing) => number | undefined,
    isMeant: (tenant: LmsTenantObject) => boolean,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: LABELS,
      registers: [manager.registry],
      collect() {
        this.reset();
        for (const tenant of tenants.list()) {
          if (!isMeant(tenant as unknown as LmsTenantObject)) continue;
          const { namespace = "", name: tenantName } = tenant.metadata;
          const found = value(of(tenant));
          if (found !== undefined) this.set({ tenant_namespace: namespace, tenant: tenantName }, found);
        }
      },
    });
  };
  const withBackups = ({ spec }: LmsTenantObject): boolean => spec.backup !== undefined;
  const withDrills = ({ spec }: LmsTenantObject): boolean => spec.backup?.drills !== undefined;
  for (const [what, of, isMeant] of [
    ["backup", backupsOf, withBackups],
    ["restore_drill", drillsOf, withDrills],
  ] as const) {
    const words = what === "backup" ? "backup" : "restore drill";
    gauge(
      `provost_${what}_state_timestamp_seconds`,
      `The state that the newest good ${words} of a tenant is of: what came later would be lost.`,
      of,
      ({ provenAt }) => provenAt,
      isMeant,
    );
    gauge(
      `provost_${what}_failed`,
      `1 when the newest ${words} that ended has failed.`,
      of,
      ({ failed }) => Number(failed),
      isMeant,
    );
    gauge(
      `provost_${what}_overdue`,
      `1 when the ${words} that was due has no good result.`,
      of,
      ({ overdue }) => Number(overdue),
      isMeant,
    );
  }
  gauge(
    "provost_restore_drill_seconds",
    "How long the newest good restore drill took, to the first page: the measured recovery time.",
    drillsOf,
    ({ seconds }) => seconds,
    withDrills,
  );
}
