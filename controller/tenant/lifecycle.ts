// Whether a site is meant to run at all, and to be changed. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { isHalted } from "../update/state.ts";

type Declared = { readonly spec: Pick<LmsTenant["spec"], "lifecycle" | "paused"> };

/** Nothing of the site runs; what it has stays. */
export const isAsleep = ({ spec }: Declared): boolean => spec.lifecycle === "Sleeping";

/** No replica is meant to run: the site sleeps, or an update has stopped it for a moment. */
export const isStopped = (tenant: Pick<LmsTenant, "spec" | "status">): boolean =>
  isAsleep(tenant) || (tenant.spec.update !== undefined && isHalted(tenant.status?.update));

/** The site is looked after, and not changed. */
export const isPaused = ({ spec }: Declared): boolean => spec.paused;
