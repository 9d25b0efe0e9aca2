import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inTurns } from "./turns.ts";

test("no more than so many run at once, in the order they came, and a failure gives its place on", async () => {
  const turn = inTurns(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (n: number) =>
    turn(async () => {
      order.push(n);
      most = Math.max(most, ++running);
      await sleep(5);
      running--;
      if (n % 3 === 0) throw new Error(`${n} failed`);
      return n;
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 9 }, (_, n) => work(n)));
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(3);
  expect(await work(1)).toBe(1);
});
