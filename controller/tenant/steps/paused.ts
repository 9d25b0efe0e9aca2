// What is done for a site that is paused: it is looked at, backed up and told of.
import { done } from "../../engine/index.ts";
import type { TenantStep } from "../context.ts";

const MESSAGE =
  "Paused: nothing of the site is changed; health is watched and backups go on. Set spec.paused to false to go on.";

export const paused: TenantStep = {
  name: "paused",
  run(ctx) {
    ctx.draft.condition({ type: "Paused", status: "True", reason: "Paused", message: MESSAGE });
    return done(undefined, MESSAGE);
  },
};

export const notPaused: TenantStep = {
  name: "not-paused",
  run(ctx) {
    ctx.draft.removeCondition("Paused");
    return done();
  },
};
