// Which containers start next, and the phase of their pod.
import { expect, test } from "vitest";
import type { ContainerPlace, ContainerView } from "./pod-decision.ts";
import { backoffMs, decide, kubeletBackoff } from "./pod-decision.ts";

const waiting: ContainerPlace = { at: "waiting" };
const running: ContainerPlace = { at: "running", started: true };
const done: ContainerPlace = { at: "ended", exitCode: 0 };
const failed: ContainerPlace = { at: "ended", exitCode: 1 };
const view = (name: string, place: ContainerPlace, ranBefore = place.at !== "waiting"): ContainerView => ({
  name,
  place,
  ranBefore,
});

test.each<[string, "Always" | "OnFailure" | "Never", ContainerPlace[], ContainerPlace[], string[], string]>([
  ["init containers go first, one at a time", "Always", [waiting, waiting], [waiting], ["i0"], "Pending"],
  ["the next follows on success", "Always", [done, waiting], [waiting], ["i1"], "Pending"],
  ["then all others together", "Always", [done], [waiting, waiting], ["m0", "m1"], "Pending"],
  ["a failed init container is run again", "OnFailure", [failed], [waiting], ["i0"], "Pending"],
  ["or is the end", "Never", [failed], [waiting], [], "Failed"],
  ["what runs is left alone", "Always", [], [running], [], "Running"],
  ["what ended is started again", "Always", [], [done], ["m0"], "Running"],
  ["on failure only", "OnFailure", [], [done, failed], ["m1"], "Running"],
  ["all done is success", "OnFailure", [], [done, done], [], "Succeeded"],
  ["one that failed is failure", "Never", [], [done, failed], [], "Failed"],
  ["one that still runs is neither", "Never", [], [failed, running], [], "Running"],
])("%s", (_title, policy, inits, mains, start, phase) => {
  const decision = decide(
    policy,
    inits.map((place, index) => view(`i${index}`, place)),
    mains.map((place, index) => view(`m${index}`, place)),
  );
  expect(decision).toMatchObject({ start, phase });
});

const started: ContainerPlace = { at: "running", started: true };
const starting: ContainerPlace = { at: "running", started: false };
test.each<[string, ContainerPlace, ContainerPlace[], string[], string]>([
  ["a sidecar starts before the others", waiting, [waiting], ["side"], "Pending"],
  ["which wait until it has started", starting, [waiting], [], "Pending"],
  ["and then start", started, [waiting], ["m0"], "Pending"],
  ["it runs on beside them", started, [running], [], "Running"],
  ["one that ends is started again, whatever the policy says", done, [running], ["side"], "Running"],
  ["one that failed before the others begin, too", failed, [waiting], ["side"], "Pending"],
  ["the pod is over when the others are", started, [done], [], "Succeeded"],
  ["however they ended", started, [failed], [], "Failed"],
])("%s", (_title, side, mains, start, phase) => {
  const decision = decide(
    "Never",
    [{ ...view("side", side), sidecar: true }],
    mains.map((place, index) => view(`m${index}`, place)),
  );
  expect(decision).toMatchObject({ start, phase });
});

test("the backoff is the kubelet's", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((ends) => backoffMs(ends, kubeletBackoff) / 1000)).toEqual([
    0, 10, 20, 40, 80, 160, 300, 300,
  ]);
});
