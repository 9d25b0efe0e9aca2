// LmsTenant: from a manifest to a running, configured site. The list of steps is the story.
import {
  done,
  extend,
  isDeleting,
  type Outcome,
  type ReconcileContext,
  runSteps,
  summarise,
} from "../engine/index.ts";
import { type Environment, namespaceIsGoing } from "../environment.ts";
import type { LmsTenant } from "../kinds.ts";
import type { TenantContext, TenantStep } from "./context.ts";
import { isAsleep, isHeld, isPaused } from "./lifecycle.ts";
import { asleep } from "./steps/asleep.ts";
import { available, databaseReady, rolledOut } from "./steps/available.ts";
import { backups } from "./steps/backups.ts";
import { bootstrap } from "./steps/bootstrap.ts";
import { database } from "./steps/database.ts";
import { directory } from "./steps/directory.ts";
import { finalBackup, held } from "./steps/final-backup.ts";
import { hostname } from "./steps/hostname.ts";
import { monitoring } from "./steps/monitoring.ts";
import { optionalApis } from "./steps/optional-apis.ts";
import { notPaused, paused } from "./steps/paused.ts";
import { reachable } from "./steps/reachable.ts";
import { restores } from "./steps/restores.ts";
import { runtime } from "./steps/runtime.ts";
import { scale } from "./steps/scale.ts";
import { secrets } from "./steps/secrets.ts";
import { site } from "./steps/site.ts";
import { asDeclared, updates } from "./steps/updates.ts";
import { version } from "./steps/version.ts";
import { ways } from "./steps/ways.ts";

// Everything is made before anything is waited for: the LMS starts beside its database and waits for it by itself.
const running = [
  notPaused,
  held,
  optionalApis,
  hostname,
  secrets,
  database,
  bootstrap,
  runtime,
  scale,
  ways,
  monitoring,
  backups,
  restores,
  updates,
  databaseReady,
  available,
  site,
  directory,
  rolledOut,
  version,
  reachable,
  asDeclared,
];
const sleeping = [
  notPaused,
  held,
  optionalApis,
  hostname,
  secrets,
  database,
  runtime,
  scale,
  ways,
  monitoring,
  backups,
  restores,
  asleep,
];
const going = [finalBackup];
const pausing = [paused, held, backups, restores, databaseReady, available, rolledOut];

function stepsFor(tenant: TenantContext): readonly TenantStep[] {
  if (isPaused(tenant.object)) return pausing;
  return isAsleep(tenant.object) ? sleeping : running;
}

/**
 * Reconciles a tenant. What the tenant owns is collected with it, what must outlive it has no owner (ADR 5), and nothing
 * ever waits for an LMS that is being taken down. Only with deletionPolicy Backup there is a finalizer, which waits for that.
 */
export async function reconcileTenant(ctx: ReconcileContext<LmsTenant>, env: Environment): Promise<Outcome> {
  const tenant = extend(ctx, { env });
  if (isDeleting(ctx.object))
    return isHeld(ctx.object) ? summarise(tenant, await runSteps(tenant, going)) : done();
  if (namespaceIsGoing(tenant)) return done();
  return summarise(tenant, await runSteps(tenant, stepsFor(tenant)));
}
