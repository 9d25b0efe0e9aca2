// A token bucket in virtual time.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenBucket } from "./limiter.ts";

/** Takes `count` tokens, each at the given time or when the one before came through; says when each came through. */
async function passages(perSecond: number, burst: number, asked: readonly number[]): Promise<number[]> {
  const clock = { now: 0 };
  const through: number[] = [];
  let waited = 0;
  const bucket = tokenBucket(
    perSecond,
    burst,
    () => clock.now,
    async (ms) => void (waited = ms),
  );
  for (const at of asked) {
    clock.now = at;
    waited = 0;
    await bucket.take();
    through.push(at + waited);
  }
  return through;
}

test("a burst passes at once, then one every tenth of a second, in order", async () => {
  expect(await passages(10, 3, [0, 0, 0, 0, 0, 0])).toEqual([0, 0, 0, 100, 200, 300]);
});

test("a quiet time fills the bucket, but never over its brim", async () => {
  expect(await passages(10, 2, [0, 0, 100, 10_000, 10_000, 10_000])).toEqual([
    0, 0, 100, 10_000, 10_000, 10_100,
  ]);
});

test("whoever asks when: in any span of time no more than the burst and the rate pass, and nobody waits in vain", async () => {
  const rate = fc.integer({ min: 1, max: 50 });
  const burst = fc.integer({ min: 1, max: 10 });
  const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat(500)), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(rate, burst, pauses, async (perSecond, most, gaps) => {
      const asked: number[] = [];
      for (const gap of gaps) asked.push((asked.at(-1) ?? 0) + gap);
      const through = await passages(perSecond, most, asked);
      for (let from = 0; from < through.length; from++)
        for (let to = from; to < through.length; to++) {
          const span = (through[to] as number) - (through[from] as number);
          expect(to - from + 1).toBeLessThanOrEqual(most + (span * perSecond) / 1_000 + 1e-6);
        }
      expect(through).toEqual([...through].sort((a, b) => a - b));
      // Served as early as that allows: never later than if all had come at the time of the first one that had to wait.
      for (const [n, at] of through.entries())
        expect(at).toBeLessThanOrEqual((asked[n] as number) + (n * 1_000) / perSecond + 1e-6);
    }),
  );
});

describe("who waits", () => {
  test("waits in real time by default, and stops waiting when told", async () => {
    const startedAt = performance.now();
    const bucket = tokenBucket(20, 1);
    await bucket.take();
    await bucket.take();
    expect(performance.now() - startedAt).toBeGreaterThan(40);
    const abort = new AbortController();
    const waiting = bucket.take(abort.signal);
    abort.abort();
    await expect(waiting).rejects.toThrow(/aborted/);
  });
});

test.each([
  [0, 1],
  [-1, 1],
  [Number.NaN, 1],
  [1, 0],
])("a rate of %d and a burst of %d is no limit", (perSecond, burst) => {
  expect(() => tokenBucket(perSecond, burst)).toThrow(RangeError);
});
