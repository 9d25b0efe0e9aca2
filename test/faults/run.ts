// One run: a scenario, at most one disturbance, and the comparison with the run that was not disturbed.
import { setTimeout as sleep } from "node:timers/promises";
import { differences, type Outcome, outcomeOf, withoutPods } from "./oracle.ts";
import { type Asked, askedText } from "./request.ts";
import type { Scenario } from "./scenarios.ts";
import { type Stage, WITHIN_MS } from "./stage.ts";
import type { Strike } from "./wire.ts";
import type { World } from "./world.ts";

/** What the undisturbed run did and where it ended. */
export interface Recording {
  readonly scenario: Scenario;
  readonly asked: readonly Asked[];
  readonly outcome: Outcome;
}

export interface Result {
  /** False: the request that was to be disturbed did not come. */
  readonly struck: boolean;
  /** What is wrong; empty when the run ended well. */
  readonly faults: readonly string[];
  readonly log: string;
}

/** More than one thing may be done to a stage while the scenario runs. */
export interface Disturbance {
  readonly strike?: Strike;
  /** An operator acts on the past for a while. */
  readonly past?: boolean;
  /** Called right before the act. */
  prepare?(stage: Stage): Promise<void> | void;
  /** Called after the act, while its consequences are under way. */
  meanwhile?(stage: Stage): Promise<void>;
}

/** Runs the scenario without any fault. */
export async function record(world: World, scenario: Scenario): Promise<Recording> {
  const stage = world.stage();
  try {
    await scenario.before(stage);
    stage.history.mark();
    stage.wire.mark();
    await scenario.act(stage);
    if (!(await stage.until(() => scenario.done(stage), 2 * WITHIN_MS)))
      throw new Error(`${scenario.name}: it does not come true even without a fault\n${stage.log()}`);
    await stage.quiet();
    const { asked } = stage.wire;
    const outcome = await outcomeOf(stage);
    const wrong = await aftermath(stage, ofAny(stage, outcome));
    if (wrong.length > 0)
      throw new Error(`${scenario.name}: wrong even without a fault\n${wrong.join("\n")}\n${stage.log()}`);
    return { scenario, asked, outcome };
  } finally {
    await stage.close();
  }
}

/** Runs the scenario with a disturbance. */
export async function disturb(
  world: World,
  { scenario, outcome }: Recording,
  { strike, past = false, prepare, meanwhile }: Disturbance,
): Promise<Result> {
  const stage = world.stage();
  try {
    await scenario.before(stage);
    stage.history.mark();
    await prepare?.(stage);
    stage.wire.mark(strike);
    await scenario.act(stage);
    await meanwhile?.(stage);
    const measure = past ? ofTheCredulous(stage, outcome) : ofAny(stage, outcome);
    const faults = await convergence(stage, scenario, measure);
    const struck = strike === undefined || stage.wire.struck;
    if (faults.length === 0) faults.push(...(await aftermath(stage, measure)));
    return { struck, faults, log: faults.length > 0 ? stage.log() : "" };
  } finally {
    await stage.close();
  }
}

/** What a run is held against. */
interface Measure {
  readonly expected: Outcome;
  look(): Promise<Outcome>;
  /** The operator has nothing left to do at once. */
  settled(): Promise<void>;
}

const ofAny = (stage: Stage, expected: Outcome): Measure => ({
  expected,
  look: () => outcomeOf(stage),
  settled: () => stage.quiet(),
});

/** Who believes in the past scales as it was then, and a kubelet may be quick enough to follow: pods come and go. */
const ofTheCredulous = (stage: Stage, expected: Outcome): Measure => ({
  expected: withoutPods(expected),
  look: async () => withoutPods(await outcomeOf(stage)),
  settled: () => stage.settled(),
});

/** Waits until the run is where the undisturbed one ended; returns what is still different when it never gets there. */
async function convergence(
  stage: Stage,
  scenario: Scenario,
  { expected, look, settled }: Measure,
): Promise<string[]> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const done = await stage.until(() => scenario.done(stage), Math.max(0, deadline - performance.now()));
    await settled();
    const left = differences(expected, await look());
    if (done && left.length === 0) return [];
    if (performance.now() > deadline)
      return done ? left : [`it did not come true within ${WITHIN_MS} ms`, ...left];
    await sleep(50);
  }
}

/** What must hold afterwards: nothing is written any more, not even by an operator that starts anew. */
async function aftermath(stage: Stage, { expected, look }: Measure): Promise<string[]> {
  const { wire, history } = stage;
  const wrong: string[] = [];
  // A crash that did not come has left the past to whoever starts next.
  wire.showPresent();
  wire.mark();
  await stage.startOperator();
  await stage.watching();
  for (const write of wire.writes)
    wrong.push(`written although everything was as declared: ${askedText(write)}`);
  for (const value of history.lostValues) wrong.push(`a value in a Secret was changed: ${value}`);
  wrong.push(...differences(expected, await look()));
  return wrong;
}
