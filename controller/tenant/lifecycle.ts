// Whether a site is meant to run at all, and to be changed. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { FINAL_BACKUP } from "./names.ts";
import { isHalted } from "../update/state.ts";

type Declared = {
  readonly spec: Pick<LmsTenant["spec"], "lifecycle" | "paused" | "sleep">;
  readonly status?: Pick<NonNullable<LmsTenant["status"]>, "sleep">;
};

/** Nothing of the site runs, by its manifest or by the clock; what it has stays. */
export const isAsleep = ({ spec, status }: Declared): boolean =>
  spec.lifecycle === "Sleeping" || (spec.sleep !== undefined && status?.sleep !== undefined);

/** It is being deleted, or may be, and waits for its last backup then. */
export const isHeld = ({
  metadata,
}: {
  readonly metadata: { readonly finalizers?: readonly string[] };
}): boolean => metadata.finalizers?.includes(FINAL_BACKUP) === true;

/** No replica is meant to run: the site sleeps, or an update has stopped it for a moment. */
export const isStopped = (tenant: Pick<LmsTenant, "spec" | "status">): boolean =>
  isAsleep(tenant) || (tenant.spec.update !== undefined && isHalted(tenant.status?.update));

/** The site is looked after, and not changed. */
export const isPaused = ({ spec }: Declared): boolean => spec.paused;
