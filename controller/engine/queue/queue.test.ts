import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Priority } from "./priority.ts";
import { KeyQueue } from "./queue.ts";

function queueAt(concurrency = 4, groupOf = (key: string): string => key.split("/")[0] ?? "") {
  const clock = { now: 0 };
  const queue = new KeyQueue({ concurrency, groupOf, now: () => clock.now });
  return { queue, clock };
}

/** Takes everything that can run now and finishes it. */
function runAll(queue: KeyQueue): string[] {
  const order: string[] = [];
  for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
    order.push(taken.key);
    queue.done(taken.key);
  }
  return order;
}

describe("a key", () => {
  test("is queued once however often it is added", () => {
    const { queue } = queueAt();
    for (let i = 0; i < 5; i++) queue.add("a/1");
    expect(runAll(queue)).toEqual(["a/1"]);
  });

  test("never runs twice at once, and runs once more when added while running", () => {
    const { queue } = queueAt();
    queue.add("a/1");
    expect(queue.take()?.key).toBe("a/1");
    queue.add("a/1");
    queue.add("a/1");
    expect(queue.take()).toBeUndefined();
    queue.done("a/1");
    expect(runAll(queue)).toEqual(["a/1"]);
  });

  test("waits for the earliest of its delays", () => {
    const { queue, clock } = queueAt();
    queue.addAfter("a/1", 100);
    queue.addAfter("a/1", 10);
    queue.addAfter("a/1", 50);
    expect(queue.wakeAt()).toBe(10);
    clock.now = 10;
    expect(runAll(queue)).toEqual(["a/1"]);
    clock.now = 1000;
    expect(runAll(queue)).toEqual([]);
  });

  test("that fails waits 5 ms, 10 ms, 20 ms ... at most 1000 s, and starts anew after a success", () => {
    const { queue } = queueAt();
    const delays = Array.from({ length: 25 }, () => queue.retry("a/1"));
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.at(-1)).toBe(1_000_000);
    queue.forget("a/1");
    expect(queue.retry("a/1")).toBe(5);
  });

  test("that the server turned away waits at least as long as it was told", () => {
    const { queue } = queueAt();
    expect(queue.retry("a/1", "change", 2_000)).toBe(2_000);
  });

  test("whose run does not end gives its worker to others, and still never runs twice at once", () => {
    const { queue } = queueAt(1);
    queue.add("a/1");
    queue.take();
    queue.add("a/1");
    queue.add("a/2");
    expect(queue.take()).toBeUndefined();
    queue.abandon("a/1");
    expect(runAll(queue)).toEqual(["a/2"]);
    queue.done("a/1");
    expect(runAll(queue)).toEqual(["a/1"]);
  });

  test("that is told to wait for days waits 1000 s", () => {
    const { queue } = queueAt();
    expect(queue.retry("a/1", "change", 86_400_000)).toBe(1_000_000);
  });

  test("that is gone leaves nothing behind", () => {
    const { queue, clock } = queueAt();
    queue.retry("a/1");
    queue.add("a/1");
    queue.remove("a/1");
    clock.now = 1e9;
    expect(runAll(queue)).toEqual([]);
    expect(queue.delayed).toBe(0);
  });
});

describe("order", () => {
  test("changes run before resyncs, resyncs before the first list", () => {
    const { queue } = queueAt();
    queue.add("a/first", "initial");
    queue.add("a/resync", "resync");
    queue.add("a/edit", "change");
    expect(runAll(queue)).toEqual(["a/edit", "a/resync", "a/first"]);
  });

  test("an edit moves a key of the first list up", () => {
    const { queue } = queueAt();
    queue.add("a/1", "initial");
    queue.add("a/2", "initial");
    queue.add("a/2", "change");
    expect(runAll(queue)).toEqual(["a/2", "a/1"]);
  });

  test("groups take turns: ten keys of one tenant do not delay another tenant's one", () => {
    const { queue } = queueAt();
    for (let i = 0; i < 10; i++) queue.add(`a/${i}`);
    queue.add("b/1");
    expect(runAll(queue).indexOf("b/1")).toBeLessThanOrEqual(1);
  });

  test("one group cannot hold every worker", () => {
    const { queue } = queueAt(4);
    for (let i = 0; i < 10; i++) queue.add(`sick/${i}`);
    expect([queue.take()?.key, queue.take()?.key, queue.take()?.key]).toEqual(["sick/0", "sick/1", "sick/2"]);
    expect(queue.take()).toBeUndefined();
    queue.add("well/1");
    expect(queue.take()?.key).toBe("well/1");
  });
});

// ---- the model: the queue in the most naive words ----

type Command =
  | { do: "add"; key: string; priority: Priority }
  | { do: "after"; key: string; ms: number }
  | { do: "take" }
  | { do: "finish"; nth: number }
  | { do: "retry"; nth: number }
  | { do: "wait"; ms: number };

const key = fc
  .tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 3 }))
  .map(([group, n]) => `${group}/${n}`);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    key,
    priority: fc.constantFrom<Priority>("change", "resync", "initial"),
  }),
  fc.record({ do: fc.constant("after" as const), key, ms: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("take" as const) }),
  fc.record({ do: fc.constant("finish" as const), nth: fc.nat(3) }),
  fc.record({ do: fc.constant("retry" as const), nth: fc.nat(3) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 40 }) }),
);

test("whatever happens: no key twice at once, no key lost, none invented, urgent before less urgent", () => {
  fc.assert(
    fc.property(
      fc.array(command, { maxLength: 120 }),
      fc.integer({ min: 1, max: 4 }),
      (commands, concurrency) => {
        const clock = { now: 0 };
        const queue = new KeyQueue({ concurrency, groupOf: (k) => k.slice(0, 1), now: () => clock.now });
        const ready = new Map<string, Priority>();
        const delayed = new Map<string, number>();
        const running = new Map<string, Priority | undefined>();
        const rank = { change: 0, resync: 1, initial: 2 };
        const wish = (k: string, priority: Priority): void => {
          const target = running.has(k) ? running : ready;
          const known = target.get(k);
          if (known === undefined || rank[priority] < rank[known]) target.set(k, priority);
        };
        const promote = (): void => {
          for (const [k, at] of [...delayed]) {
            if (at > clock.now) continue;
            delayed.delete(k);
            wish(k, "change");
          }
        };
        for (const c of commands) {
          switch (c.do) {
            case "add":
              queue.add(c.key, c.priority);
              wish(c.key, c.priority);
              break;
            case "after":
              queue.addAfter(c.key, c.ms);
              delayed.set(c.key, Math.min(delayed.get(c.key) ?? Infinity, clock.now + c.ms));
              break;
            case "wait":
              clock.now += c.ms;
              break;
            case "take": {
              promote();
              const taken = queue.take();
              if (taken === undefined) {
                // Only three reasons: nothing ready, no worker free, or every ready group at its limit.
                const limit = Math.max(1, concurrency - Math.max(1, Math.floor(concurrency / 4)));
                const inGroup = (k: string): number =>
                  [...running.keys()].filter((r) => r[0] === k[0]).length;
                expect(
                  ready.size === 0 ||
                    running.size >= concurrency ||
                    [...ready.keys()].every((k) => inGroup(k) >= limit),
                ).toBe(true);
                break;
              }
              expect(running.has(taken.key)).toBe(false);
              expect(ready.get(taken.key)).toBe(taken.priority);
              ready.delete(taken.key);
              delayed.delete(taken.key);
              running.set(taken.key, undefined);
              break;
            }
            case "finish":
            case "retry": {
              const k = [...running.keys()][c.nth];
              if (k === undefined) break;
              if (c.do === "retry")
                delayed.set(k, Math.min(delayed.get(k) ?? Infinity, clock.now + queue.retry(k)));
              else queue.forget(k);
              const again = running.get(k);
              running.delete(k);
              queue.done(k);
              if (again !== undefined) ready.set(k, again);
              break;
            }
          }
          expect(queue.running).toBe(running.size);
          expect(queue.running).toBeLessThanOrEqual(concurrency);
        }
        // In the end everything that was wished for runs.
        for (const k of [...running.keys()]) {
          queue.done(k);
          if (running.get(k) !== undefined) ready.set(k, "change");
        }
        clock.now = 1e12;
        for (const k of delayed.keys()) ready.set(k, "change");
        expect(new Set(runAll(queue))).toEqual(new Set(ready.keys()));
      },
    ),
    { numRuns: 500 },
  );
});
