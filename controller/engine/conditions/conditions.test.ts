// metav1.Condition and kstatus.
import { describe, expect, test } from "vitest";
import { done, type Outcome, requeueAfter, stalled } from "../steps/result.ts";
import type { Condition } from "./condition.types.ts";
import { findCondition, isReady, kstatus, removeCondition, rfc3339, setCondition } from "./conditions.ts";

const at = (seconds: number, generation = 1) => ({
  generation,
  now: new Date(Date.UTC(2026, 6, 1, 10, 0, seconds, 123)),
});
const declared = (status: Condition["status"], reason = "Because", message = "so it is") => ({
  type: "Served",
  status,
  reason,
  message,
});
const theOne = (conditions: readonly Condition[]): Condition => {
  expect(conditions).toHaveLength(1);
  return conditions[0] as Condition;
};

describe("a condition", () => {
  const first = setCondition([], declared("True"), at(0));

  test("is made with everything the API asks for, in whole seconds", () => {
    expect(theOne(first)).toEqual({
      type: "Served",
      status: "True",
      observedGeneration: 1,
      lastTransitionTime: "2026-07-01T10:00:00Z",
      reason: "Because",
      message: "so it is",
    });
  });

  test("keeps its transition time while only reason, message or generation change", () => {
    const next = theOne(setCondition(first, declared("True", "Still", "it is"), at(9, 2)));
    expect(next).toMatchObject({ reason: "Still", message: "it is", observedGeneration: 2 });
    expect(next.lastTransitionTime).toBe("2026-07-01T10:00:00Z");
  });

  test.each(["False", "Unknown"] as const)("has a new transition time when it becomes %s", (status) => {
    expect(theOne(setCondition(first, declared(status), at(9))).lastTransitionTime).toBe(
      "2026-07-01T10:00:09Z",
    );
  });

  test("keeps its place in the list, and the others as they are", () => {
    const other: Condition = { ...theOne(first), type: "Other" };
    const next = setCondition([...first, other], declared("False"), at(9));
    expect(next.map(({ type }) => type)).toEqual(["Served", "Other"]);
    expect(next[1]).toBe(other);
  });

  test("is the very same when nothing differs", () => {
    expect(setCondition(first, declared("True"), at(9))[0]).toBe(first[0]);
  });

  test("has no message that the API server would refuse or write otherwise than it was sent", () => {
    const { message } = theOne(setCondition([], declared("True", "Long", "💥".repeat(40_000)), at(0)));
    expect(message.length).toBeLessThanOrEqual(32_768);
    const cut = theOne(setCondition([], declared("True", "Cut", "half a character: \ud83d"), at(0))).message;
    expect(Buffer.from(cut).toString()).toBe(cut);
  });

  test("goes when it is removed", () => {
    expect(removeCondition(first, "Served")).toEqual([]);
    expect(removeCondition(first, "Other")).toEqual(first);
  });
});

describe("kstatus", () => {
  const failed: Outcome = { type: "failed", error: new Error("x"), reason: "Boom", message: "step: x" };
  const told = (conditions: readonly Condition[]): string[] =>
    conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).sort();

  test.each<[string, Outcome, string[]]>([
    ["done is Ready", done(), ["Ready=True/Ready"]],
    [
      "waiting is Reconciling",
      requeueAfter(5, "Waiting", "for rain"),
      ["Ready=False/Waiting", "Reconciling=True/Waiting"],
    ],
    ["failing is Reconciling", failed, ["Ready=False/Boom", "Reconciling=True/Boom"]],
    ["stalled is Stalled", stalled("Bad", "spec.x is bad"), ["Ready=False/Bad", "Stalled=True/Bad"]],
  ])("%s, wherever it comes from", (_what, outcome, expected) => {
    const before: Outcome[] = [done(), requeueAfter(1, "W", "w"), stalled("S", "s"), failed];
    expect(told(kstatus([], outcome, at(1)))).toEqual(expected);
    for (const past of before)
      expect(told(kstatus(kstatus([], past, at(0)), outcome, at(1)))).toEqual(expected);
  });

  test("says what the last step had to say", () => {
    expect(findCondition(kstatus([], done(undefined, "Asleep."), at(0)), "Ready")?.message).toBe("Asleep.");
    expect(findCondition(kstatus([], done(), at(0)), "Ready")?.message).toBe("All is as declared.");
    for (const type of ["Ready", "Stalled"])
      expect(findCondition(kstatus([], stalled("Bad", "spec.x is bad"), at(0)), type)?.message).toBe(
        "spec.x is bad",
      );
  });

  test("failing in another way is no transition", () => {
    const waiting = kstatus([], requeueAfter(1, "Waiting", "w"), at(0));
    for (const condition of kstatus(waiting, failed, at(5)))
      expect(condition.lastTransitionTime).toBe("2026-07-01T10:00:00Z");
  });

  test("leaves the kind's own conditions alone", () => {
    const own = setCondition([], declared("False"), at(0));
    expect(kstatus(own, done(), at(1))[0]).toBe(own[0]);
  });
});

describe("an object is ready", () => {
  const object = (
    status: Condition["status"],
    seen: number | undefined,
    generation?: number,
    statusSeen?: number,
  ) => ({
    metadata: { ...(generation !== undefined && { generation }) },
    status: {
      ...(statusSeen !== undefined && { observedGeneration: statusSeen }),
      conditions: setCondition(
        [],
        { ...declared(status), type: "Ready" },
        { generation: seen, now: new Date(0) },
      ),
    },
  });
  test.each([
    ["when Ready is True for its generation", object("True", 2, 2), true],
    ["not when Ready is True for an older generation", object("True", 1, 2), false],
    ["not when Ready is False", object("False", 2, 2), false],
    ["not when Ready is Unknown", object("Unknown", 2, 2), false],
    ["when only the status says for which generation", object("True", undefined, 2, 2), true],
    ["not when the status is of an older generation", object("True", undefined, 2, 1), false],
    ["when its kind has no generation", object("True", undefined), true],
    ["not without a status", { metadata: { generation: 1 } }, false],
  ])("%s", (_when, of, ready) => {
    expect(isReady(of)).toBe(ready);
  });
});

test("times have the form of metav1.Time", () => {
  expect(rfc3339(new Date("2026-07-01T10:00:59.999+02:00"))).toBe("2026-07-01T08:00:59Z");
});
