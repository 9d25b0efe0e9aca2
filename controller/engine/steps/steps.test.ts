// Running the table of contents: in order, up to the first that is not done.
import pino from "pino";
import { describe, expect, test } from "vitest";
import { ApplyConflictError, BeingDeletedError } from "../apply/errors.ts";
import { ApiError, NotLeaderError, TransportError } from "../client/errors.ts";
import type { Step } from "./context.types.ts";
import { done, requeueAfter, stalled, StepError, type StepResult } from "./result.ts";
import { failed, runSteps } from "./steps.ts";

interface Ctx {
  readonly signal: AbortSignal;
  readonly log: pino.Logger;
}
const context = (signal = new AbortController().signal): Ctx => ({ signal, log: pino({ level: "silent" }) });

/** Steps named a, b, c ... and which of them ran. */
function steps(...results: (() => StepResult)[]): { steps: Step<Ctx>[]; ran: string[] } {
  const ran: string[] = [];
  const named = results.map((run, n) => {
    const name = String.fromCharCode(97 + n);
    return { name, run: () => (ran.push(name), run()) };
  });
  return { steps: named, ran };
}

describe("steps", () => {
  test("run in order; the soonest date and the last message count", async () => {
    const { steps: list, ran } = steps(
      () => done(500, "first"),
      () => done(200, "second"),
      () => done(),
    );
    expect(await runSteps(context(), list)).toEqual({
      outcome: { type: "done", againAfterMs: 200, message: "second" },
      stoppedAt: undefined,
      completed: ["a", "b", "c"],
    });
    expect(ran).toEqual(["a", "b", "c"]);
  });

  test.each<[string, StepResult]>([
    ["waits", requeueAfter(5, "Waiting", "w")],
    ["is stalled", stalled("Bad", "b")],
  ])("end at the first that %s", async (_what, result) => {
    const { steps: list, ran } = steps(
      () => done(7),
      () => result,
      () => done(),
    );
    expect(await runSteps(context(), list)).toEqual({ outcome: result, stoppedAt: "b", completed: ["a"] });
    expect(ran).toEqual(["a", "b"]);
  });

  test("end at the first that throws, and the outcome names it", async () => {
    const error = new StepError("LmsUnreachable", "no answer");
    const { steps: list } = steps(
      () => done(),
      () => {
        throw error;
      },
    );
    const report = await runSteps(context(), list);
    expect(report).toMatchObject({
      outcome: { type: "failed", error, reason: "LmsUnreachable", message: "b: no answer" },
      stoppedAt: "b",
    });
  });

  test("that wait for a deletion are waiting, not failing", async () => {
    const { steps: list } = steps(() => {
      throw new BeingDeletedError("ConfigMap a: being deleted");
    });
    expect((await runSteps(context(), list)).outcome).toMatchObject({
      type: "requeue",
      reason: "WaitingForDeletion",
      message: "ConfigMap a: being deleted",
    });
  });

  test("of a process that leads no more have nothing to say", async () => {
    const { steps: list } = steps(() => {
      throw new NotLeaderError("refused");
    });
    await expect(runSteps(context(), list)).rejects.toThrow(NotLeaderError);
  });

  test("that were aborted have nothing to say, whatever they threw, and the next one does not begin", async () => {
    for (const last of [() => done(), () => Promise.reject(new Error("socket closed")) as never]) {
      const abort = new AbortController();
      const { steps: list, ran } = steps(
        () => (abort.abort(new Error("took too long")), last()),
        () => done(),
      );
      await expect(runSteps(context(abort.signal), list)).rejects.toThrow("took too long");
      expect(ran).toEqual(["a"]);
    }
  });
});

test.each<[string, unknown, string]>([
  [
    "an API server's refusal",
    new ApiError({ status: 403, reason: "Forbidden", message: "no" }),
    "ApiForbidden",
  ],
  ["no answer", new TransportError("reset"), "Unreachable"],
  [
    "a conflict of fields",
    new ApplyConflictError("ConfigMap a", [{ field: ".data.v", manager: "helm" }], {} as ApiError),
    "FieldConflict",
  ],
  [
    "an error with a reason of its own",
    Object.assign(new Error("x"), { reason: "OutOfSpace" }),
    "OutOfSpace",
  ],
  ["a defect", new TypeError("x is not a function"), "ReconcileError"],
  ["something that is no error", "just text", "ReconcileError"],
])("%s becomes a reason fit for a condition", (_what, error, reason) => {
  expect(failed(error, "site")).toMatchObject({ reason, message: expect.stringMatching(/^site: ./) });
});

test("times that are no times are refused", () => {
  expect(() => done(-1)).toThrow(RangeError);
  expect(() => requeueAfter(Number.NaN, "R", "m")).toThrow(RangeError);
});
