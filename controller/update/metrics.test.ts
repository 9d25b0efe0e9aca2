// What is told of updates.
import { expect, test } from "vitest";
import { busySince, hasFailed } from "./metrics.ts";
import { atStep, begun, ended, type UpdateResult } from "./state.ts";

const NOW = new Date("2027-01-01T00:00:00Z");
const update = begun({ name: "hill", generation: 1 }, { image: "a" }, { image: "b" }, false, NOW);
const over = (result: UpdateResult, reason = "R") => ended(update, { result, reason, message: "m" }, NOW);

test("failed is what did not go well, until something else is begun", () => {
  expect(hasFailed(undefined)).toBe(false);
  expect(hasFailed(update)).toBe(false);
  expect(hasFailed(over("Succeeded"))).toBe(false);
  expect(hasFailed(over("Abandoned", "NotWanted"))).toBe(false);
  for (const result of ["RolledBack", "Abandoned", "Failed"] as const)
    expect(hasFailed(over(result))).toBe(true);
});

test("busy is what waits neither for people nor for the clock", () => {
  expect(busySince(undefined)).toBeUndefined();
  expect(busySince(update)).toBeUndefined();
  expect(busySince(atStep(update, "Window", NOW))).toBeUndefined();
  expect(busySince(atStep(update, "Rollout", NOW))).toBe(NOW.getTime() / 1_000);
  expect(busySince(over("RolledBack"))).toBeUndefined();
});
