// What puts a site to sleep, and wakes it: the clock.
import type { Manager } from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { LmsTenant } from "../kinds.ts";
import { reconcileSleep } from "./reconcile.ts";

export function sleepController(manager: Manager, env: Environment): void {
  manager.controller({
    name: "sleep",
    type: LmsTenant,
    resyncMs: env.settings.resyncMs,
    reconcile: (ctx) => reconcileSleep(ctx, env),
  });
}
