import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { createDatabase } from "../db/index.ts";
import { createTestDatabase } from "../db/testing.ts";
import { halfTime, isServed } from "./give-way.ts";

test("what is passed on is whole, and half of the time is rest", async () => {
  let clock = 0;
  const rests: number[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const ms of [1, 1, 1, 10, 0.5]) {
      clock += ms;
      yield Uint8Array.of(ms);
    }
  }
  const passed: number[] = [];
  const rest = async (ms: number): Promise<void> => {
    rests.push(ms);
    clock += ms;
  };
  for await (const chunk of halfTime(source(), { now: () => clock, rest })) passed.push(...chunk);
  expect(passed).toEqual([1, 1, 1, 10, 0]);
  expect(rests).toEqual([3, 10]);
});

test("a site is served while its runtime is connected to its database, whoever else is", async () => {
  const [site, neighbour] = [await createTestDatabase(), await createTestDatabase()];
  const looker = createDatabase({ ...site.config, maxConnections: 1, applicationName: "provost-backup" });
  try {
    await neighbour.db.execute("SELECT 1");
    expect(await isServed(looker)).toBe(false);
    // As a runtime does.
    await site.db.execute("SELECT 1");
    expect(await isServed(looker)).toBe(true);
  } finally {
    for (const each of [looker, site, neighbour]) await each.close();
  }
});

test.skipIf(process.platform !== "linux")("every thread of a backup has the lowest priority", () => {
  // The nineteenth field of proc_pid_stat(5) is the nice value.
  const program = `
    import { readdirSync, readFileSync } from "node:fs";
    import { lowerPriority } from ${JSON.stringify(new URL("give-way.ts", import.meta.url).href)};
    const nice = () => readdirSync("/proc/self/task").map((thread) =>
      Number(readFileSync("/proc/self/task/" + thread + "/stat", "utf8").split(") ")[1].split(" ")[16]));
    const before = nice();
    lowerPriority();
    console.log(JSON.stringify({ before, after: nice() }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  const { before, after } = JSON.parse(stdout || JSON.stringify({ stderr })) as Record<string, number[]>;
  expect(before?.length).toBeGreaterThan(1);
  expect(after).toEqual(before?.map(() => 19));
});
