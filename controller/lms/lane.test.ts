// A silent LMS holds few callers, and those not for long.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Lane } from "./lane.ts";

const { signal } = new AbortController();

/** A call that ends only when it is aborted. */
const hang = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
  );

const reasonOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "answered",
    (error: { reason?: string; message: string }) => error.reason ?? error.message,
  );

test("no more calls are on the way than allowed, and all are made in the end", async () => {
  const lane = new Lane({ most: 3 });
  let now = 0;
  let most = 0;
  const calls = Array.from({ length: 20 }, () =>
    lane.run(signal, 10_000, async () => {
      most = Math.max(most, ++now);
      await sleep(5);
      now--;
      return 1;
    }),
  );
  expect(await Promise.all(calls)).toHaveLength(20);
  expect(most).toBe(3);
});

test("an LMS that does not answer releases whoever waits for a turn long before the calls themselves give up", async () => {
  const lane = new Lane({ most: 2, turnMs: 50 });
  const stop = new AbortController();
  const stuck = [1, 2].map(() => reasonOf(lane.run(stop.signal, 60_000, hang)));
  expect(await reasonOf(lane.run(signal, 60_000, () => Promise.resolve(1)))).toBe("LmsUnreachable");
  stop.abort(new Error("stopped"));
  expect(await Promise.all(stuck)).toEqual(["stopped", "stopped"]);
});

test("after a call that was not answered nobody sets out for a while; then it is tried again", async () => {
  const lane = new Lane({ pauseMs: 200 });
  expect(await reasonOf(lane.run(signal, 20, hang))).toBe("LmsUnreachable");
  let made = 0;
  const call = (): Promise<number> => Promise.resolve(++made);
  expect(await reasonOf(lane.run(signal, 1_000, call))).toBe("LmsUnreachable");
  expect(made).toBe(0);
  await sleep(250);
  expect(await reasonOf(lane.run(signal, 1_000, call))).toBe("answered");
});

test("a refusal is an answer: it closes nothing", async () => {
  const lane = new Lane();
  expect(await reasonOf(lane.run(signal, 1_000, () => Promise.reject(new Error("refused"))))).toBe("refused");
  expect(await reasonOf(lane.run(signal, 1_000, () => Promise.resolve(1)))).toBe("answered");
});

test("a caller that is told to stop stops waiting", async () => {
  const lane = new Lane({ most: 1, turnMs: 60_000 });
  const [first, second] = [new AbortController(), new AbortController()];
  const stuck = reasonOf(lane.run(first.signal, 60_000, hang));
  const waiting = reasonOf(lane.run(second.signal, 60_000, () => Promise.resolve(1)));
  second.abort(new Error("stopped"));
  expect(await waiting).toBe("stopped");
  first.abort(new Error("stopped too"));
  expect(await stuck).toBe("stopped too");
});
