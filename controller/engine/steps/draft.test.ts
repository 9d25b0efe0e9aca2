// The one status patch: only what differs, and exactly what was drafted.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepEqual } from "../apply/equal.ts";
import { Draft, type ObservedStatus } from "./draft.ts";
import { done, requeueAfter } from "./result.ts";

const at = { generation: 3, now: new Date("2026-07-01T10:00:00Z") };

/** A status as it is after a run that was done. */
function settled(fields: Record<string, unknown> = {}): ObservedStatus {
  const draft = new Draft();
  draft.set(fields);
  return mergePatch({}, draft.patch(undefined, done(), at)?.patch) as ObservedStatus;
}

describe("a draft", () => {
  test("that says what is there already is no patch, however late", () => {
    const observed = settled({ url: "http://x", counts: { users: 3 }, list: [1, 2] });
    const draft = new Draft();
    draft.set({ counts: { users: 3 }, list: [1, 2], url: "http://x", missing: undefined });
    expect(draft.patch(observed, done(), { ...at, now: new Date() })).toBeUndefined();
  });

  test("names only the fields that differ, and as null those that go", () => {
    const draft = new Draft();
    draft.set({ counts: { users: 4, courses: 1 }, url: undefined });
    const observed = settled({ url: "http://x", counts: { users: 3, courses: 1, groups: 2 }, kept: true });
    expect(draft.patch(observed, done(), at)?.patch).toEqual({
      counts: { users: 4, groups: null },
      url: null,
    });
  });

  test("of a newer generation is a patch although nothing else changed", () => {
    expect(new Draft().patch(settled(), done(), { ...at, generation: 4 })?.patch).toMatchObject({
      observedGeneration: 4,
      conditions: [{ type: "Ready", observedGeneration: 4, lastTransitionTime: "2026-07-01T10:00:00Z" }],
    });
  });

  test("has the kind's own conditions beside Ready, and drops those that no longer apply", () => {
    const draft = new Draft();
    draft.condition({ type: "Drifted", status: "True", reason: "Edited", message: "a title" });
    const drifted = draft.patch(settled(), done(), at);
    expect(drifted?.conditions.map(({ type }) => type)).toEqual(["Ready", "Drifted"]);
    const calm = new Draft();
    calm.removeCondition("Drifted");
    const after = calm.patch(
      { ...settled(), conditions: drifted?.conditions ?? [] },
      requeueAfter(1, "W", "w"),
      at,
    );
    expect(after?.conditions.map(({ type }) => type)).toEqual(["Ready", "Reconciling"]);
  });

  test("leaves conditions of others in place", () => {
    const theirs = {
      type: "Theirs",
      status: "True",
      lastTransitionTime: "x",
      reason: "r",
      message: "m",
    } as const;
    const observed = { ...settled(), conditions: [theirs, ...(settled().conditions ?? [])] };
    expect(new Draft().patch(observed, done(), at)).toBeUndefined();
  });

  test("cannot be given what the summariser writes", () => {
    const draft = new Draft();
    expect(() => draft.set({ conditions: [] })).toThrow(/conditions is written by the summariser/);
    expect(() => draft.set({ observedGeneration: 1 })).toThrow(TypeError);
    for (const type of ["Ready", "Reconciling", "Stalled"])
      expect(() => draft.condition({ type, status: "True", reason: "R", message: "" })).toThrow(
        /outcome of the steps/,
      );
  });
});

test("whatever was observed and whatever is drafted: the patched status says it, and a second draft changes nothing", () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(0, 1, "", "a", true, false),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { noNullPrototype: true }),
    ),
  }));
  const status = fc.dictionary(fc.constantFrom("x", "y", "z"), value, { noNullPrototype: true });
  const drafted = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.option(value, { nil: undefined }), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(status, drafted, (observed, fields) => {
      const draft = new Draft();
      draft.set(fields);
      const patch = draft.patch(observed, done(), at)?.patch;
      const after = mergePatch(observed, patch) as ObservedStatus;
      for (const [name, wish] of Object.entries(fields)) expect(deepEqual(after[name], wish)).toBe(true);
      for (const name of Object.keys(observed))
        if (!(name in fields)) expect(after[name]).toEqual(observed[name]);
      expect(draft.patch(after, done(), at)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

/** RFC 7386, section 2, as it stands there; over JSON, as it travels. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (patch === undefined) return target;
  const given: unknown = JSON.parse(JSON.stringify(patch));
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}
