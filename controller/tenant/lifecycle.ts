// Whether a site is meant to run at all, and to be changed. Pure.
import type { LmsTenant } from "../../api/index.ts";

type Declared = { readonly spec: Pick<LmsTenant["spec"], "lifecycle" | "paused"> };

/** Nothing of the site runs; what it has stays. */
export const isAsleep = ({ spec }: Declared): boolean => spec.lifecycle === "Sleeping";

/** The site is looked after, and not changed. */
export const isPaused = ({ spec }: Declared): boolean => spec.paused;
