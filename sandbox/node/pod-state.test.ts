// The states of a pod on this node: which event leads where.
import { expect, test } from "vitest";
import type { PodEvent, PodState } from "./pod-state.ts";
import { nextState } from "./pod-state.ts";

const failed = { phase: "Failed", reason: "DeadlineExceeded" } as const;
const succeeded = { phase: "Succeeded" } as const;

test.each<[string, PodState, PodEvent, PodState]>([
  [
    "what is missing is said",
    { at: "mounting" },
    { type: "missing", what: "x" },
    { at: "mounting", missing: "x" },
  ],
  [
    "it runs when volumes are there",
    { at: "mounting", missing: "x" },
    { type: "mounted" },
    { at: "running" },
  ],
  [
    "it ends by itself",
    { at: "running" },
    { type: "finished", word: succeeded },
    { at: "over", word: succeeded },
  ],
  ["deletion stops it first", { at: "running" }, { type: "deleted" }, { at: "stopping", then: "remove" }],
  ["deletion while waiting", { at: "mounting" }, { type: "deleted" }, { at: "stopping", then: "remove" }],
  ["stopped by deletion, it goes", { at: "stopping", then: "remove" }, { type: "stopped" }, { at: "gone" }],
  [
    "its deadline stops it",
    { at: "running" },
    { type: "overdue", word: failed },
    { at: "stopping", then: failed },
  ],
  ["and is its outcome", { at: "stopping", then: failed }, { type: "stopped" }, { at: "over", word: failed }],
  [
    "a finished pod can be deleted",
    { at: "over", word: failed },
    { type: "deleted" },
    { at: "stopping", then: "remove" },
  ],
  [
    "deletion wins over the deadline",
    { at: "stopping", then: failed },
    { type: "deleted" },
    { at: "stopping", then: "remove" },
  ],
  ["an object gone by force", { at: "running" }, { type: "vanished" }, { at: "stopping", then: "forget" }],
  [
    "is not asked for again",
    { at: "stopping", then: "forget" },
    { type: "deleted" },
    { at: "stopping", then: "forget" },
  ],
  ["a halt keeps the object", { at: "running" }, { type: "halt" }, { at: "halted" }],
  ["after a halt nothing counts", { at: "halted" }, { type: "stopped" }, { at: "halted" }],
  ["gone is gone", { at: "gone" }, { type: "halt" }, { at: "gone" }],
  [
    "an end while stopping says nothing",
    { at: "stopping", then: "remove" },
    { type: "finished", word: succeeded },
    { at: "stopping", then: "remove" },
  ],
])("%s", (_title, state, event, expected) => {
  expect(nextState(state, event)).toEqual(expected);
});
