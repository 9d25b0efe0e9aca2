// Stale states: an operator that starts anew is first shown the cluster as it was before the user's act, as by an API server
// that lags behind, and acts on it before it learns better.
import { describe } from "vitest";
import { chosen } from "./plan.ts";
import { FAULTS } from "./faults.ts";
import { type Asked, askedText, isWrite } from "./request.ts";
import { NAMED } from "./resources.ts";
import type { Recording } from "./run.ts";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { type Run, Suite } from "./suite.ts";
import type { Stage } from "./stage.ts";

const suite = new Suite("stale");
const crash = FAULTS.find(({ name }) => name === "crash after");
const EVERYTHING = "everything";

/** Crashes after each write of the scenario; the successor sees the past in all its first lists. */
function afterEachWrite(name: string): (recording: Recording) => Run[] {
  return ({ scenario, asked }) => {
    const told = (one: Asked): boolean => isWrite(one) && !one.what.startsWith("events");
    return chosen(scenario.name, name, asked.filter(told), askedText).map((at) => ({
      place: askedText(at),
      disturbance: {
        past: true,
        ...(crash && { strike: { fault: crash, at } }),
        prepare: async (stage) => stage.wire.showPast(stage.kinds, await stage.revision()),
      },
    }));
  };
}

/** Starts anew when all is done; the successor sees the past of one kind only, or of all. */
function atTheEnd(name: string): (recording: Recording) => Run[] {
  return ({ scenario }) => {
    const kinds = [EVERYTHING, ...NAMED.map(({ resource }) => resource)];
    return chosen(scenario.name, name, kinds, (kind) => kind).map((kind) => {
      let before = 0;
      return {
        place: kind,
        disturbance: {
          past: true,
          prepare: async (stage) => {
            before = await stage.revision();
          },
          meanwhile: (stage) =>
            restartInThePast(stage, scenario, kind === EVERYTHING ? stage.kinds : [kind], before),
        },
      };
    });
  };
}

async function restartInThePast(
  stage: Stage,
  scenario: Scenario,
  resources: readonly string[],
  revision: number,
): Promise<void> {
  await stage.until(() => scenario.done(stage));
  await stage.quiet();
  stage.wire.showPast(resources, revision);
  await stage.startOperator();
}

describe.each(SCENARIOS.filter(({ reads }) => !reads))("$name", (scenario) => {
  const crashed = "past after a crash";
  const ended = "past at the end";
  // A deleted tenant is nobody's to write about: there is no write to crash after.
  if (!scenario.name.startsWith("LmsTenant delete")) suite.test(scenario, crashed, afterEachWrite(crashed));
  suite.test(scenario, ended, atTheEnd(ended));
});
