// When it is a site's turn in a fleet: how many are updated at once, which waves come first, what halts a release. Pure;
// every site comes to the same conclusion from the same state, so that two never take the last place at once.
import { createHash } from "node:crypto";
import type { LmsTenant, ReleaseCatalog } from "../../api/index.ts";
import type { Why } from "./context.ts";
import { currentOf } from "./release.ts";
import { isBusy, isUnderWay } from "./state.ts";
import { targetOf } from "./target.ts";

type Rollout = NonNullable<ReleaseCatalog["spec"]["rollout"]>;

/** On a catalog: a version that is rolled out although it went back somewhere. */
export const RESUME = "provost.dev/resume-rollout";
/** Reason of an update that only needs a place: its window is open, its wave has begun. */
export const WAITING_FOR_TURN = "WaitingForTurn";

/** Why it is not the tenant's turn; `undefined` when it is. `fleet`: all that take releases from the catalog. */
export function notYet(
  tenant: LmsTenant,
  version: string,
  catalog: ReleaseCatalog,
  fleet: readonly LmsTenant[],
  now: Date,
): Why | undefined {
  const { rollout } = catalog.spec;
  if (!rollout) return undefined;
  if (rollout.paused)
    return {
      reason: "RolloutPaused",
      message: `the rollout of ReleaseCatalog ${catalog.metadata.name} is paused`,
    };
  if (isHalted(version, catalog, fleet))
    return {
      reason: "RolloutHalted",
      message: `${version} went back on ${failuresOf(version, fleet).join(", ")}: withdraw it, or set the annotation ${RESUME} of ReleaseCatalog ${catalog.metadata.name} to ${version}`,
    };
  return wave(tenant, version, catalog, rollout, fleet, now) ?? place(tenant, rollout, fleet);
}

/** Whether a release went back on more sites than it may. */
export function isHalted(
  version: string,
  { spec, metadata }: ReleaseCatalog,
  fleet: readonly LmsTenant[],
): boolean {
  if (!spec.rollout || metadata.annotations?.[RESUME] === version) return false;
  return failuresOf(version, fleet).length > spec.rollout.maxFailures;
}

/** Sites that went back from a release, and have not been updated to it since. */
function failuresOf(version: string, fleet: readonly LmsTenant[]): string[] {
  return fleet
    .filter(({ status }) => {
      const last = [status?.update, ...(status?.updates ?? [])].find(
        (update) => update?.to.version === version && update.result !== undefined,
      );
      return last?.result === "RolledBack" || last?.result === "Failed";
    })
    .map(nameOf);
}

function wave(
  tenant: LmsTenant,
  version: string,
  catalog: ReleaseCatalog,
  rollout: Rollout,
  fleet: readonly LmsTenant[],
  now: Date,
): Why | undefined {
  const mine = waveOf(tenant, rollout);
  const before = fleet.filter((one) => waveOf(one, rollout) < mine);
  const awaited = before.filter((one) => isDueFor(version, one, catalog));
  const wait = (message: string): Why => ({ reason: "WaitingForWave", message });
  const [first] = awaited;
  if (first)
    return wait(
      `${awaited.length} of an earlier wave ${awaited.length === 1 ? "is" : "are"} not on ${version} yet, ${nameOf(first)} among them`,
    );
  const through = Math.max(
    -Infinity,
    ...before
      .flatMap(({ status }) => [status?.update, ...(status?.updates ?? [])])
      .filter((update) => update?.to.version === version && update.result === "Succeeded")
      .map((update) => Date.parse(update?.completedAt ?? "")),
  );
  const begins = through + rollout.soakMinutes * 60_000;
  return begins > now.getTime()
    ? wait(`the wave before has to be well until ${new Date(begins).toISOString()}`)
    : undefined;
}

/** The first wave that fits; behind all of them when none does. */
export function waveOf({ metadata }: LmsTenant, { waves = [] }: Rollout): number {
  const index = waves.findIndex(({ matchLabels, percent }) =>
    matchLabels
      ? Object.entries(matchLabels).every(([label, value]) => metadata.labels?.[label] === value)
      : shareOf(metadata) < (percent ?? 0),
  );
  return index < 0 ? waves.length : index;
}

/** From 0 to 99, evenly spread and always the same. */
function shareOf(metadata: LmsTenant["metadata"]): number {
  const hash = createHash("sha256").update(nameOf({ metadata })).digest();
  return Math.floor((hash.readUInt32BE(0) / 2 ** 32) * 100);
}

/** It should be on the release and is not. */
function isDueFor(version: string, tenant: LmsTenant, catalog: ReleaseCatalog): boolean {
  const { update } = tenant.status ?? {};
  if (isUnderWay(update)) return update.to.version === version;
  if (tenant.status?.siteDigest === undefined) return false;
  const target = targetOf(tenant, currentOf(tenant), catalog);
  return target.kind === "release" && target.release.version === version;
}

function place(tenant: LmsTenant, { maxConcurrent }: Rollout, fleet: readonly LmsTenant[]): Why | undefined {
  const running = fleet.filter(({ status }) => isBusy(status?.update)).length;
  const ahead = fleet.filter((one) => {
    const { update } = one.status ?? {};
    const comesOnlyForAPlace =
      isUnderWay(update) && update.step === "Window" && update.reason === WAITING_FOR_TURN;
    return comesOnlyForAPlace && nameOf(one) < nameOf(tenant);
  }).length;
  if (running + ahead < maxConcurrent) return undefined;
  return {
    reason: WAITING_FOR_TURN,
    message: `${running} of at most ${maxConcurrent} sites are being updated, and ${ahead} come before this one`,
  };
}

const nameOf = ({ metadata }: Pick<LmsTenant, "metadata">): string =>
  `${metadata.namespace ?? ""}/${metadata.name}`;
