// An update as status remembers it.
import { expect, test } from "vitest";
import { UPDATE_STEPS } from "../../api/index.ts";
import { mergePatchOf } from "../engine/index.ts";
import { STEPS } from "./reconcile.ts";
import { runtimeImage } from "./release.ts";
import { atStep, begun, ended, imageOfUpdate, isHalted, remembered, type UpdateState } from "./state.ts";

const NOW = new Date("2027-01-01T00:00:00Z");
const LATER = new Date("2027-01-01T00:01:00Z");
const state = (more: Partial<UpdateState> = {}): UpdateState => ({
  ...begun({ name: "hill", generation: 1 }, { image: "old", version: "1.0.0" }, { image: "new" }, false, NOW),
  ...more,
});

test("every step that the schema names is one that is taken, in that order", () => {
  expect(STEPS.map(({ name }) => name)).toEqual(UPDATE_STEPS);
});

test("names fit a Backup, a Restore and their Jobs, and are those of one update", () => {
  const ids = [
    "h",
    "a-site-with-forty-characters-in-its-name-",
    "a-site-with-forty-characters-in-its-namex",
  ].map(
    (name) =>
      begun({ name: name.slice(0, 40), generation: 1 }, { image: "a" }, { image: "b" }, false, NOW).id,
  );
  for (const id of ids) {
    expect(`${id}-verify`.length).toBeLessThanOrEqual(52);
    expect(id).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
  }
  expect(state().id).not.toBe(state().id);
});

test.each([
  ["Approval", "old", false],
  ["Check", "old", false],
  ["Verify", "old", false],
  ["Stop", "old", true],
  ["FinalBackup", "old", true],
  ["Migrate", "old", false],
  ["Rollout", "new", false],
  ["Soak", "new", false],
  ["RevertStop", "old", true],
  ["Restore", "old", true],
  ["Revert", "old", false],
] as const)("at %s the site is on the %s release; stopped: %s", (step, image, halted) => {
  expect(imageOfUpdate(state({ step }))).toBe(image);
  expect(isHalted(state({ step }))).toBe(halted);
});

test("nothing runs while a schema is changed that the release before cannot work with", () => {
  const schema = { from: 3, known: 3, compatible: false };
  expect(isHalted(state({ step: "Migrate", schema }))).toBe(true);
  expect(isHalted(state({ step: "Migrate", schema, result: "Failed" }))).toBe(false);
});

test.each([
  ["Succeeded", "new"],
  ["RolledBack", "old"],
  ["Abandoned", "old"],
  ["Failed", "new"],
] as const)("an update that %s leaves the site on the %s release", (result, image) => {
  expect(imageOfUpdate(state({ result }))).toBe(image);
});

test("steps have their times, one after the other, and the end has its own", () => {
  const over = ended(
    atStep(state(), "Check", LATER),
    { result: "Abandoned", reason: "R", message: "m" },
    new Date("2027-01-01T00:02:00Z"),
  );
  expect(over).toMatchObject({ result: "Abandoned", completedAt: "2027-01-01T00:02:00Z" });
  expect(over.steps).toEqual([
    { name: "Approval", startedAt: "2027-01-01T00:00:00Z", completedAt: "2027-01-01T00:01:00Z" },
    { name: "Check", startedAt: "2027-01-01T00:01:00Z", completedAt: "2027-01-01T00:02:00Z" },
  ]);
});

test("a patch leaves exactly what is next", () => {
  const before = state({ message: "m", approvalToken: "t" });
  const next = { ...state(), from: { image: "x" } };
  const patch = mergePatchOf(before, next);
  expect(patch).toMatchObject({ message: null, approvalToken: null, from: { image: "x", version: null } });
});

test("ten are remembered, each once, the newest first", () => {
  let history: ReturnType<typeof remembered> = [];
  const all = Array.from({ length: 12 }, (_, index) =>
    ended(state({ id: `u${index}` }), { result: "Succeeded", reason: "R", message: "m" }, LATER),
  );
  for (const one of [...all, all[11] as UpdateState]) history = remembered(history, one);
  expect(history.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => `u${11 - index}`));
});

test("the runtime's image: of the update, of the site as it is, of the manifest, of the operator", () => {
  const spec = { update: { policy: "Manual", catalogRef: { name: "c" } }, image: "declared" } as never;
  const image = (of: object) => runtimeImage(of as never, undefined, "ours");
  expect(image({ spec: {} })).toEqual({ image: "ours" });
  expect(image({ spec, status: {} })).toEqual({ image: "declared" });
  expect(image({ spec, status: { siteDigest: "d", image: "is" } })).toEqual({ image: "is" });
  expect(image({ spec, status: { siteDigest: "d", image: "is", update: state({ step: "Soak" }) } })).toEqual({
    image: "new",
  });
  const versioned = { update: { policy: "Manual", catalogRef: { name: "c" } }, version: "1.0.0" };
  expect(image({ spec: versioned, status: {} })).toEqual({ missing: "1.0.0", catalog: "c" });
});
