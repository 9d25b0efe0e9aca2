// The backup to come back to, and the rehearsal: the new release is started on it before it is let near the site.
import { cannotBeRead, identityFor } from "../../backup/policy.ts";
import { Backup, Restore } from "../../kinds.ts";
import { orderRun, runState } from "../../runs/run.ts";
import {
  abandon,
  type Advance,
  LOOK_AGAIN_MS,
  type UpdateContext,
  type UpdateStep,
  waiting,
} from "../context.ts";
import { rehearsalOf } from "../state.ts";
import { closed } from "./begin.ts";

/** How long the backup of an update is kept. */
const KEPT_DAYS = 90;

export const backup: UpdateStep = {
  name: "Backup",
  run: (ctx) => backedUp(ctx, ctx.update.id, "Verify", abandon),
};

/** Nobody writes any more: nothing is missing from this one. */
export const finalBackup: UpdateStep = {
  name: "FinalBackup",
  run: (ctx) =>
    backedUp(ctx, `${ctx.update.id}-final`, "Migrate", (reason, message) => ({
      to: "Revert",
      set: { reason, message },
    })),
};

async function backedUp(
  ctx: UpdateContext,
  name: string,
  to: "Verify" | "Migrate",
  otherwise: (reason: string, message: string) => Advance,
): Promise<Advance> {
  const { state, words } = runState(ctx, Backup, name);
  if (state === "complete") return { to, set: { backup: name } };
  if (state === "failed") return otherwise("BackupFailed", words ?? `Backup ${name} failed`);
  if (state === "absent")
    await orderRun(ctx, Backup, name, { tenantRef: { name: ctx.key.name }, expiresAfterDays: KEPT_DAYS });
  return waiting("BackingUp", `Backup ${name} is being made${words === undefined ? "" : `: ${words}`}`);
}

export const verify: UpdateStep = {
  name: "Verify",
  async run(ctx) {
    const { update, tenant } = ctx;
    if (cannotBeRead(tenant))
      return unproven(ctx, "backups are encrypted, and the cluster has no key to them");
    const name = rehearsalOf(update);
    const { state, reason, words = "" } = runState(ctx, Restore, name);
    if (state === "complete") return proven(ctx, true);
    if (state === "failed")
      return reason === "SidecarsUnsupported"
        ? unproven(ctx, words)
        : abandon("RehearsalFailed", `the release was tried on the backup: ${words}`);
    if (state === "absent")
      await orderRun(ctx, Restore, name, {
        tenantRef: { name: ctx.key.name },
        mode: "Verify",
        source: {
          backupRef: { name: update.backup ?? update.id },
          ...identityFor(tenant),
        },
      });
    return waiting("Rehearsing", `the release is tried on the backup (Restore ${name})`, LOOK_AGAIN_MS);
  },
};

function unproven(ctx: UpdateContext, why: string): Advance {
  ctx.events.warning("UpdateNotRehearsed", `The update goes on without a rehearsal: ${why}.`);
  return proven(ctx, false);
}

/** From here on visitors could notice: the window may have closed meanwhile, and the backup is of then. */
function proven(ctx: UpdateContext, verified: boolean): Advance {
  if (closed(ctx)) return { again: true };
  return { to: ctx.update.schema?.compatible === false ? "Stop" : "Migrate", set: { verified } };
}
