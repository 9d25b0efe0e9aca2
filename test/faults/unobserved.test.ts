// Unobserved states: something changes, and changes again, while a watch is down; the operator only ever sees the last of it.
import { describe } from "vitest";
import { chosen } from "./plan.ts";
import type { Scenario } from "./scenarios.ts";
import { UNSEEN } from "./unseen.ts";
import { Suite } from "./suite.ts";

const suite = new Suite("unobserved");
/** Long enough for everything that is not seen, and for what others than the operator make of it. */
const DOWN_MS = 250;

describe.each(UNSEEN)("$name", (scenario: Scenario & { readonly hidden: readonly string[] }) => {
  const name = "unseen";
  suite.test(scenario, name, () =>
    chosen(scenario.name, name, scenario.hidden, (resource) => resource).map((resource) => ({
      place: resource,
      disturbance: {
        prepare: (stage) => stage.wire.withhold(resource),
        meanwhile: async (stage) => {
          await stage.quiet(DOWN_MS);
          stage.wire.release(resource);
        },
      },
    })),
  );
});
