// The health gate's judgement.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Traffic } from "../../api/index.ts";
import { p95, summary, together, worse } from "./gate.ts";

const limits = { soakMinutes: 10, maxErrorPercent: 1, maxSlowdown: 4 };
/** `fast` of the requests within 10 ms, the others within `slowS`. */
const traffic = (requests: number, failed = 0, fast = 1, slowS = 1): Traffic => ({
  requests,
  failed,
  within: [0.01, 0.05, 0.25, 1, 5].map((le) => ({
    le,
    requests: le >= slowS ? requests : Math.floor(requests * fast),
  })),
});
const judged = (before: Traffic, now: Traffic) => worse(summary(before), now, limits)?.reason;

test.each<[string, Traffic, Traffic, string | undefined]>([
  ["nobody came", traffic(0), traffic(0), undefined],
  ["as before", traffic(1_000), traffic(100), undefined],
  ["one mishap of three visitors", traffic(1_000), traffic(3, 1), undefined],
  ["two percent fail", traffic(1_000), traffic(500, 10), "ErrorRate"],
  ["two percent fail, as they did before", traffic(1_000, 20), traffic(500, 10), undefined],
  ["just within", traffic(1_000), traffic(1_000, 10), undefined],
  ["errors where nobody had come before", traffic(0), traffic(100, 50), "ErrorRate"],
  ["a tenth is slow", traffic(1_000), traffic(1_000, 0, 0.9, 1), "Latency"],
  ["a twentieth is slow", traffic(1_000), traffic(1_000, 0, 0.95, 1), undefined],
  ["slower, and nobody notices", traffic(1_000), traffic(1_000, 0, 0, 0.25), undefined],
  ["slow as before", traffic(1_000, 0, 0, 1), traffic(1_000, 0, 0, 1), undefined],
  ["too few to tell", traffic(1_000), traffic(20, 0, 0, 5), undefined],
])("%s", (_, before, now, reason) => {
  expect(judged(before, now)).toBe(reason);
});

test("beyond the last boundary of the histogram it is slow", () => {
  const beyond = {
    requests: 100,
    failed: 0,
    within: [
      { le: 1, requests: 10 },
      { le: 5, requests: 20 },
    ],
  };
  expect(p95(beyond)).toBe(10);
  expect(judged(traffic(1_000), beyond)).toBe("Latency");
});

test("replicas together are as one that had it all", () => {
  const one = fc
    .tuple(fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([requests, fast]) => traffic(requests, Math.floor(requests / 10), fast));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 4 }), (replicas) => {
      const all = together(replicas);
      expect(all.requests).toBe(replicas.reduce((sum, { requests }) => sum + requests, 0));
      expect(all.failed).toBe(replicas.reduce((sum, { failed }) => sum + failed, 0));
      for (const { le, requests } of all.within)
        expect(requests).toBe(
          replicas.reduce((sum, { within }) => sum + (within.find((b) => b.le === le)?.requests ?? 0), 0),
        );
      // Nobody's errors are the fault of a replica that answers as before.
      expect(worse(summary(all), all, limits)).toBeUndefined();
    }),
  );
});
