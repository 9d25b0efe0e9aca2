import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Stopping } from "./stopping.ts";

interface Heard {
  readonly said: string[];
  readonly exits: number[];
  kills: number;
  readonly stopping: Stopping;
}

function stoppingWith(numbers: { deadlineMs?: number; reminderMs?: number } = {}): Heard {
  const heard = { said: [] as string[], exits: [] as number[], kills: 0 };
  const stopping = new Stopping({
    say: (text) => heard.said.push(text),
    kill: () => heard.kills++,
    exit: (code) => heard.exits.push(code),
    ...numbers,
  });
  return Object.assign(heard, { stopping });
}

const never = (): Promise<never> => new Promise(() => undefined);

test("a stop that never ends says what it waits for, then gives up by force with exit code 1", async () => {
  const heard = stoppingWith({ deadlineMs: 300, reminderMs: 100 });
  heard.stopping.ask("SIGTERM");
  void heard.stopping.step("the cluster", (tell) => {
    tell("containers");
    return never();
  });
  await expect.poll(() => heard.exits, { timeout: 5_000 }).toEqual([1]);
  expect(heard.kills).toBe(1);
  expect(heard.said[0]).toMatch(/^still waiting for the cluster \(containers\)/);
  expect(heard.said.at(-1)).toBe("not stopped within 0.3 s: gave up waiting for the cluster (containers)");
});

test("a second signal ends everything at once, with the code a shell gives for it", async () => {
  const heard = stoppingWith();
  heard.stopping.ask("SIGINT");
  expect(heard.stopping.signal.aborted).toBe(true);
  await sleep(600);
  expect(heard.exits).toEqual([]);
  heard.stopping.ask("SIGINT");
  expect({ exits: heard.exits, kills: heard.kills }).toEqual({ exits: [130], kills: 1 });
});

test("the same Ctrl-C, handed on a second time by npm, is no second one", async () => {
  const heard = stoppingWith();
  heard.stopping.ask("SIGINT");
  await sleep(50);
  heard.stopping.ask("SIGINT");
  expect({ exits: heard.exits, kills: heard.kills }).toEqual({ exits: [], kills: 0 });
  heard.stopping.done();
});

test("a part that cannot be stopped is told and keeps no other from being stopped", async () => {
  const heard = stoppingWith();
  heard.stopping.begin();
  const stopped: string[] = [];
  await heard.stopping.step("the operator", () => Promise.reject(new Error("it is frozen")));
  await heard.stopping.step("the watch", () => {
    throw new Error("it is broken");
  });
  await heard.stopping.step("the cluster", () => stopped.push("the cluster"));
  heard.stopping.done();
  expect(stopped).toEqual(["the cluster"]);
  expect(heard.stopping.failures).toEqual(["the operator: it is frozen", "the watch: it is broken"]);
});

test("a stop that has ended in time is left alone by its deadline", async () => {
  const heard = stoppingWith({ deadlineMs: 50, reminderMs: 20 });
  heard.stopping.begin();
  heard.stopping.done();
  await sleep(150);
  expect(heard).toMatchObject({ said: [], exits: [], kills: 0 });
});
