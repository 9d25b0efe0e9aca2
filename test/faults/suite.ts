// Turns scenarios and faults into tests: one test per scenario and fault, with a run for each place.
import { afterAll, beforeAll, describe, test } from "vitest";
import { type Fault, FAULTS } from "./faults.ts";
import { inProcess } from "./launch.ts";
import { again, isWanted, placesOf, runName } from "./plan.ts";
import { Tally } from "./report.ts";
import { askedText } from "./request.ts";
import { type Disturbance, disturb, record, type Recording, type Result } from "./run.ts";
import type { Scenario } from "./scenarios.ts";
import { World } from "./world.ts";

/** Runs at once, of all tests of a file together: most of a run is waiting. */
const AT_ONCE = 6;
/** A request that did not come may come in the next run: other timing, other path. */
const TRIES = 3;
const LOG_LINES = 40;

/** One run that is to be made. */
export interface Run {
  readonly place: string;
  readonly disturbance: Disturbance;
}

/** What the tests of a file share. */
export class Suite {
  readonly #tally: Tally;
  readonly #turns: Turns;
  readonly #recordings = new Map<Scenario, Promise<Recording>>();
  #world: World | undefined;

  /** Call at the top level of a test file; `file` names it in the report. */
  constructor(file: string, { launcher = inProcess, atOnce = AT_ONCE } = {}) {
    this.#tally = new Tally(file);
    this.#turns = new Turns(atOnce);
    beforeAll(async () => {
      this.#world = await World.start(launcher);
    }, 120_000);
    afterAll(async () => {
      this.#tally.close();
      await this.#world?.stop();
    }, 120_000);
  }

  recording(scenario: Scenario): Promise<Recording> {
    if (!this.#world) throw new Error("the world has not been started");
    const known = this.#recordings.get(scenario) ?? record(this.#world, scenario);
    this.#recordings.set(scenario, known);
    return known;
  }

  /** A test that makes several runs of a scenario; it fails with everything that is wrong in any of them. */
  test(scenario: Scenario, name: string, runsOf: (recording: Recording) => readonly Run[]): void {
    const declare = isWanted(scenario.name, name) ? test.concurrent : test.skip;
    declare(name, async ({ expect }) => {
      const recording = await this.recording(scenario);
      const runs = runsOf(recording);
      expect(runs, "a fault without any place tests nothing").not.toHaveLength(0);
      const wrong: string[] = [];
      await Promise.all(
        runs.map(async ({ place, disturbance }) => {
          const result = await this.#turns.run(() => this.#run(recording, disturbance));
          if (!result.struck) this.#tally.missed++;
          if (result.faults.length > 0) wrong.push(told(runName(scenario.name, name, place), result));
        }),
      );
      this.#tally.count(scenario.name, name, runs.length);
      expect(wrong.join("\n\n")).toBe("");
    });
  }

  async #run(recording: Recording, disturbance: Disturbance): Promise<Result> {
    if (!this.#world) throw new Error("the world has not been started");
    let result = await disturb(this.#world, recording, disturbance);
    for (let tries = 1; tries < TRIES && !result.struck && result.faults.length === 0; tries++)
      result = await disturb(this.#world, recording, disturbance);
    return result;
  }
}

/** Declares the tests of every fault of a single request or event. */
export function testFaults(suite: Suite, scenarios: readonly Scenario[]): void {
  describe.each(scenarios)("$name", (scenario) => {
    const suitable = FAULTS.filter((fault) => !fault.onlyReads || scenario.reads);
    for (const fault of suitable) suite.test(scenario, fault.name, (recording) => runsOf(recording, fault));
  });
}

function runsOf({ scenario, asked }: Recording, fault: Fault): Run[] {
  return placesOf(scenario.name, fault, asked).map((at) => ({
    place: askedText(at),
    disturbance: { strike: { fault, at } },
  }));
}

function told(name: string, { faults, log }: Result): string {
  const last = log
    .trim()
    .split("\n")
    .slice(-LOG_LINES)
    .map((line) => `    ${line.slice(0, 400)}`);
  return [name, ...faults.map((fault) => `  ${fault}`), `  again: ${again(name)}`, "  log:", ...last].join(
    "\n",
  );
}

/** Lets so many run at once; the others wait in line. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
