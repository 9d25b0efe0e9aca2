// The clock of probes: what counts, when the first success is seen, and that a pod that never is ready costs little.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ProbeState } from "./probe.ts";
import { afterResult, runProbe, unprobed } from "./probe.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const probe = { periodSeconds: 5, failureThreshold: 2, tcpSocket: { port: 1 } };

interface Seen {
  atMs: number;
  state: ProbeState;
}

function observe(result: (atMs: number) => string | undefined, eager: boolean, more = {}) {
  const seen: Seen[] = [];
  const attempts: number[] = [];
  const from = Date.now();
  const running = runProbe(
    { ...probe, ...more },
    () => {
      attempts.push(Date.now() - from);
      return Promise.resolve(result(Date.now() - from));
    },
    (state) => void seen.push({ atMs: Date.now() - from, state }),
    eager,
  );
  return { seen, attempts, running };
}

test("a server that listens after 400 ms is seen long before its first period is over", async () => {
  const { seen, running } = observe((at) => (at < 400 ? "refused" : undefined), true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen.map(({ state }) => state.verdict)).toEqual(["passing"]);
  expect(seen[0]?.atMs).toBeLessThan(600);
  running.stop();
});

test("extra looks do not count as failures", async () => {
  const { seen, running } = observe(() => "refused", true);
  await vi.advanceTimersByTimeAsync(12_000);
  expect(seen.map(({ atMs, state }) => [atMs, state.failures, state.verdict])).toEqual([
    [5_000, 1, "unknown"],
    [10_000, 2, "failing"],
  ]);
  running.stop();
});

test("looks at a pod that never becomes ready grow rare", async () => {
  const { attempts, running } = observe(() => "refused", true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(attempts.filter((at) => at < 10_000).length).toBeGreaterThan(20);
  expect(attempts.filter((at) => at > 300_000).length).toBeLessThanOrEqual(62);
  running.stop();
});

test("without extra looks attempts keep to the period and the initial delay", async () => {
  const { attempts, running } = observe(() => undefined, false, { initialDelaySeconds: 3 });
  await vi.advanceTimersByTimeAsync(19_000);
  expect(attempts).toEqual([8_000, 13_000, 18_000]);
  running.stop();
});

test("a verdict needs its threshold in a row", () => {
  const results = [false, true, false, false, true];
  const verdicts = results.reduce<ProbeState[]>(
    (states, ok) => [
      ...states,
      afterResult(states.at(-1) ?? unprobed, ok, { ...probe, successThreshold: 1 }),
    ],
    [],
  );
  expect(verdicts.map(({ verdict }) => verdict)).toEqual([
    "unknown",
    "passing",
    "passing",
    "failing",
    "passing",
  ]);
});
