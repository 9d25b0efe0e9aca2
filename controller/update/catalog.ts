// ReleaseCatalog: says what is on offer, and what is wrong with it.
import { gt } from "semver";
import type {
  LmsTenant as LmsTenantObject,
  ReleaseCatalog as ReleaseCatalogObject,
} from "../../api/index.ts";
import {
  done,
  extend,
  type Outcome,
  type ReconcileContext,
  runSteps,
  stalled,
  summarise,
} from "../engine/index.ts";
import type { Context, Environment } from "../environment.ts";
import { LmsTenant, type ReleaseCatalog } from "../kinds.ts";
import { BY_CATALOG } from "../tenant/indexes.ts";
import { isHalted } from "./fleet.ts";
import { newest } from "./target.ts";

const offers = {
  name: "offers",
  run(ctx: Context<ReleaseCatalog>) {
    const catalog = ctx.object as unknown as ReleaseCatalogObject;
    const { releases } = catalog.spec;
    const offered = releases.filter(({ withdrawn }) => !withdrawn);
    const latest = newest(offered.filter(({ channel }) => channel === "Stable"))?.version;
    const fleet = ctx.cache(LmsTenant).byIndex(BY_CATALOG, ctx.key.name) as unknown as LmsTenantObject[];
    const halted = offered
      .map(({ version }) => version)
      .filter((version) => isHalted(version, catalog, fleet));
    ctx.draft.set({ offered: offered.length, latest, halted: halted.length > 0 ? halted : undefined });
    const impossible = releases.find(
      ({ version, upgradesFrom }) => upgradesFrom !== undefined && gt(upgradesFrom, version),
    );
    if (impossible)
      return stalled(
        "InvalidRelease",
        `spec.releases: ${impossible.version} upgrades from ${impossible.upgradesFrom ?? ""} and newer, which is newer than itself: correct upgradesFrom.`,
      );
    return done(
      undefined,
      latest === undefined
        ? "No stable release is on offer."
        : `${offered.length} ${offered.length === 1 ? "release is" : "releases are"} on offer, ${latest} is the newest stable one.`,
    );
  },
};

export async function reconcileCatalog(
  reconcile: ReconcileContext<ReleaseCatalog>,
  env: Environment,
): Promise<Outcome> {
  const ctx = extend(reconcile, { env });
  return summarise(ctx, await runSteps(ctx, [offers]));
}
