// A tenant's policy of backups as the rest sees it. Pure.
import type { LmsTenant } from "../../api/index.ts";

export interface Schedule {
  readonly cron: string;
  readonly timeZone: string;
}

/** The schedule of a tenant's backups; `undefined` when there is none. */
export function scheduleOf({ spec }: LmsTenant): Schedule | undefined {
  const { schedule: cron, timeZone = spec.site.timeZone } = spec.backup ?? {};
  return cron === undefined ? undefined : { cron, timeZone };
}

/** Another text is another schedule, which begins anew. */
export const scheduleText = ({ cron, timeZone }: Schedule): string => `${cron} ${timeZone}`;
