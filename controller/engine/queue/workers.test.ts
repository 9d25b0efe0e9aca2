import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { KeyQueue } from "./queue.ts";
import { type Work, Workers } from "./workers.ts";

function start(work: Work, concurrency = 4) {
  const queue = new KeyQueue({ concurrency, groupOf: (key) => key, now: () => performance.now() });
  const errors: unknown[] = [];
  const workers = new Workers(queue, work, (_key, error) => void errors.push(error));
  const add = (key: string): void => {
    queue.add(key);
    workers.poke();
  };
  return { queue, workers, add, errors };
}

test("keys added before the start wait for it", async () => {
  const ran: string[] = [];
  const { add, workers } = start(async ({ key }) => void ran.push(key));
  add("a");
  await sleep(10);
  expect(ran).toEqual([]);
  workers.start();
  await eventually(() => ran).toEqual(["a"]);
  await workers.drain(100);
});

test("a delayed key runs when its time has come", async () => {
  const ran: string[] = [];
  const { queue, workers } = start(async ({ key }) => void ran.push(key));
  workers.start();
  queue.addAfter("late", 40);
  queue.addAfter("soon", 5);
  workers.poke();
  await eventually(() => ran).toEqual(["soon", "late"]);
  await workers.drain(100);
});

test("work that throws neither ends a worker nor loses the key's turn", async () => {
  let runs = 0;
  const { add, workers, errors } = start(async () => {
    runs++;
    throw new Error("broken");
  }, 1);
  workers.start();
  add("a");
  add("b");
  await eventually(() => runs).toBe(2);
  expect(errors).toHaveLength(2);
  await workers.drain(100);
});

test("drain lets running work finish and takes nothing new", async () => {
  const gate = Promise.withResolvers<undefined>();
  const finished: string[] = [];
  const { add, workers } = start(async ({ key }) => {
    await gate.promise;
    finished.push(key);
  }, 1);
  workers.start();
  add("running");
  add("waiting");
  await sleep(10);
  const drained = workers.drain(5_000);
  gate.resolve(undefined);
  expect(await drained).toBe(0);
  expect(finished).toEqual(["running"]);
});

test("drain aborts what is still running at the deadline", async () => {
  const aborted = Promise.withResolvers<undefined>();
  const { add, workers } = start(async (_taken, signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    aborted.resolve(undefined);
  });
  workers.start();
  add("stuck");
  await sleep(10);
  expect(await workers.drain(20)).toBe(1);
  await aborted.promise;
});
