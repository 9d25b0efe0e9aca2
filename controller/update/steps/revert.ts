// The way back: the release before serves again, on the data of before where it could not work with what is there.
import { identityFor } from "../../backup/policy.ts";
import { Restore } from "../../kinds.ts";
import { orderRun, runState } from "../../runs/run.ts";
import { type Advance, type UpdateContext, type UpdateStep, waiting } from "../context.ts";
import { runtimeIsGone } from "../../tenant/runtime.ts";
import { lacksOn } from "../replicas.ts";
import { named } from "./begin.ts";

export const RETRY = "provost.dev/retry-update";

export const revertStop: UpdateStep = {
  name: "RevertStop",
  run: (ctx) => (runtimeIsGone(ctx) ? { to: "Restore" } : waiting("RollingBack", "the site stops")),
};

export const restore: UpdateStep = {
  name: "Restore",
  async run(ctx) {
    const { update, tenant } = ctx;
    const name = `${update.id}-undo`;
    const { state, run, words = "" } = runState(ctx, Restore, name);
    const safetyBackup = run?.status?.safetyBackup;
    if (state === "complete")
      return { to: "Revert", set: { ...(safetyBackup && { savedWork: safetyBackup }) } };
    if (state === "failed") return failed(ctx, words);
    if (state === "absent")
      await orderRun(ctx, Restore, name, {
        tenantRef: { name: ctx.key.name },
        mode: "InPlace",
        confirm: ctx.key.name,
        source: {
          backupRef: { name: update.backup ?? update.id },
          ...identityFor(tenant),
        },
      });
    return waiting("RollingBack", `the data of before are restored (Restore ${name})`);
  },
};

function failed({ update }: UpdateContext, why: string): Advance {
  return {
    end: {
      result: "Failed",
      reason: "RestoreFailed",
      message: `the update to ${named(update.to)} failed (${update.message ?? ""}), and the data of before were not restored: ${why}; the site is on ${named(update.to)} with its data as it left them: restore Backup ${update.backup ?? update.id} with a Restore when that is mended`,
    },
  };
}

export const revert: UpdateStep = {
  name: "Revert",
  run(ctx) {
    const { update } = ctx;
    const lacks = lacksOn(ctx, update.from.image);
    if (lacks !== undefined) return waiting("RollingBack", `${named(update.from)} is brought back; ${lacks}`);
    const saved = update.savedWork;
    const meanwhile =
      saved === undefined ? "" : `; what was on it until then lies at ${saved.location} as ${saved.path}`;
    return {
      end: {
        result: "RolledBack",
        reason: update.reason ?? "RolledBack",
        message: `the update to ${named(update.to)} was rolled back: ${update.message ?? "it failed"}; the site is on ${named(update.from)} again${meanwhile}`,
      },
    };
  },
};
