// The process of a restore is killed at each of its steps: the database is all old or all new, and the next run completes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contentOf, makeSchool } from "../backup/testing.ts";
import { createTestDatabase } from "../db/testing.ts";
import { STEPS } from "./in-place.ts";
import { createRestoreStage, restoreNow, type RestoreStage } from "./testing.ts";

let stage: RestoreStage;
beforeAll(async () => {
  stage = await createRestoreStage();
});
afterAll(async () => stage?.close());

/** Runs `provost lms restore` and kills it when its log says that it is at `step`; the signal that ended it. */
async function killedAt(step: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const main = path.join(import.meta.dirname, "../../cli/main.ts");
  const child = spawn(process.execPath, [main, "lms", "restore"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.includes(`"step":"${step}"`)) child.kill("SIGKILL");
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal;
}

test.each(STEPS)("killed at step %s", async (step) => {
  const site = await createTestDatabase();
  try {
    await makeSchool(site.db, 3);
    await site.db.execute("UPDATE account SET display_name = 'Somebody ' || id");
    const [before, wanted] = [await contentOf(site.db), await contentOf(stage.school.db)];
    const env = stage.env(site, "in-place");
    const signal = await killedAt(step, env);
    // The server may take a moment to find out that its client is gone.
    const after = await contentOf(site.db);
    expect([before, wanted]).toContainEqual(after);
    if (step !== "commit") expect(signal).toBe("SIGKILL");
    if (step !== "finish" && step !== "commit") expect(after).toEqual(before);
    expect(await restoreNow(env)).toMatchObject({ ok: true });
    expect(await contentOf(site.db)).toEqual(wanted);
    expect(await site.db.query("SELECT * FROM maintenance")).toEqual([]);
  } finally {
    await site.close();
  }
});
