// The new release takes over: its migrations, its replicas one by one, and the time in which it has to prove itself.
import type { Probe } from "../../../api/index.ts";
import { podTrouble, waitingFor } from "../../tenant/progress.ts";
import {
  type Advance,
  back,
  minutesSince,
  type Replica,
  type UpdateContext,
  type UpdateStep,
  waiting,
} from "../context.ts";
import { together, worse } from "../gate.ts";
import { migration } from "../migration.ts";
import { runtimeIsGone } from "../../tenant/runtime.ts";
import { asked, lacksOn, restartsOn, runtimePods } from "../replicas.ts";
import { stepStartedAt } from "../state.ts";
import { named } from "./begin.ts";
import { otherVersion } from "./check.ts";
import { withoutStop } from "../../words.ts";

/** Started again so often, a program will not come up the next time. */
const TOO_MANY_RESTARTS = 3;
const GATE_EVERY_MS = 10_000;
/** A visit may fail for reasons of the moment. */
const VISITS = 3;

export const stop: UpdateStep = {
  name: "Stop",
  run: (ctx) =>
    runtimeIsGone(ctx)
      ? { to: "FinalBackup" }
      : waiting("Stopping", "the site stops: the release before cannot work with the new schema"),
};

export const migrate: UpdateStep = {
  name: "Migrate",
  async run(ctx) {
    const done = await migration(ctx, "migrate");
    if (done.state === "complete") return { to: "Rollout" };
    if (done.state === "failed") return back(ctx, done);
    return waiting("Migrating", withoutStop(waitingFor("the database is migrated", done.trouble)));
  },
};

export const rollout: UpdateStep = {
  name: "Rollout",
  async run(ctx) {
    const { update, policy, now } = ctx;
    const lacks = lacksOn(ctx, update.to.image);
    if (lacks === undefined) return servesAs(ctx);
    const trouble = podTrouble(runtimePods(ctx));
    const what = waitingFor(`the site is being replaced by ${named(update.to)}; ${lacks}`, trouble);
    const message = withoutStop(what);
    if (restartsOn(ctx, update.to.image) >= TOO_MANY_RESTARTS)
      return back(ctx, { reason: "ReleaseCrashes", message });
    if (minutesSince(stepStartedAt(update), now) >= policy.rolloutMinutes)
      return back(ctx, { reason: "RolloutTimedOut", message });
    return waiting("RollingOut", message, 5_000);
  },
};

async function servesAs(ctx: UpdateContext): Promise<Advance> {
  const { update } = ctx;
  const said = await asked(ctx, async (replicas) => {
    const versions = await Promise.all(replicas.map(({ lms }) => lms.status(ctx.signal)));
    return versions.map(({ version }) => otherVersion(update.to.version, version)).find(Boolean);
  });
  if ("trouble" in said) return waiting("RollingOut", said.trouble, 5_000);
  return said.answer === undefined
    ? { to: "Soak" }
    : back(ctx, { reason: "WrongVersion", message: said.answer });
}

export const soak: UpdateStep = {
  name: "Soak",
  async run(ctx) {
    const { update, policy, now } = ctx;
    const { soakMinutes } = policy.gate;
    if (restartsOn(ctx, update.to.image) > 0)
      return back(ctx, {
        reason: "ReleaseCrashes",
        message: ["the program ended and was started again", podTrouble(runtimePods(ctx))]
          .filter(Boolean)
          .join(": "),
      });
    const elapsed = minutesSince(stepStartedAt(update), now);
    const troubled = (message: string): Advance =>
      elapsed >= soakMinutes + policy.rolloutMinutes
        ? back(ctx, { reason: "NotServing", message })
        : waiting("Soaking", message, 5_000);
    const lacks = lacksOn(ctx, update.to.image);
    if (lacks !== undefined) return troubled(lacks);
    const judged = await asked(ctx, (replicas) => judge(ctx, replicas));
    if ("trouble" in judged) return troubled(judged.trouble);
    if (judged.answer !== undefined) return back(ctx, judged.answer);
    if (elapsed >= soakMinutes)
      return {
        end: {
          result: "Succeeded",
          reason: "Updated",
          message: `the site is on ${named(update.to)}, and answers as well as before`,
        },
      };
    const remaining = (soakMinutes - elapsed) * 60_000;
    return waiting(
      "Soaking",
      `${named(update.to)} serves, and has to answer as well as ${named(update.from)} did for ${soakMinutes} minutes`,
      Math.max(500, Math.min(GATE_EVERY_MS, remaining)),
    );
  },
};

async function judge(ctx: UpdateContext, replicas: readonly Replica[]) {
  const { update, policy, signal } = ctx;
  const traffic = together(await Promise.all(replicas.map(({ lms }) => lms.traffic(signal))));
  const found = update.before && worse(update.before, traffic, policy.gate);
  if (found) return found;
  for (const { pod, lms } of replicas) {
    let probe: Probe | undefined;
    for (let visits = 0; visits < VISITS && probe?.ok !== true; visits++) probe = await lms.probe(signal);
    const broken = probe?.checks.filter(({ ok }) => !ok).map(({ detail }) => detail);
    if (broken && broken.length > 0)
      return {
        reason: "ProbeFailed",
        message: `Pod ${pod.metadata.name} was visited, and ${broken.join("; ")}`,
      };
  }
  return undefined;
}
