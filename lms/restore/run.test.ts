// A run of a restore that is made again, or twice at once: what the first has done counts, and only that.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RestoreReport } from "../../api/index.ts";
import { contentOf } from "../backup/testing.ts";
import { createEmptyDatabase, type TestDatabase } from "../db/testing.ts";
import { createRestoreStage, restoreNow, type RestoreStage } from "./testing.ts";

let stage: RestoreStage;
let empty: TestDatabase;
beforeAll(async () => {
  stage = await createRestoreStage();
});
afterAll(async () => stage?.close());
beforeEach(async () => {
  empty = await createEmptyDatabase();
});
afterEach(() => empty.close());

test("into an empty database, a second run reports what the first one did and touches nothing; another restore is refused", async () => {
  const env = stage.env(empty, "empty");
  const first = await restoreNow(env);
  expect(first).toMatchObject({ ok: true, restore: { rows: stage.manifest.rows, anonymized: false } });
  await empty.db.execute("UPDATE account SET display_name = 'Later' WHERE name = 'teacher'");
  const after = await contentOf(empty.db);
  expect(await restoreNow(env)).toEqual(first);
  expect(await restoreNow(stage.env(empty, "empty"))).toMatchObject({
    ok: false,
    reason: "DatabaseNotEmpty",
  });
  expect(await contentOf(empty.db)).toEqual(after);
});

test("two runs at once of one restore into an empty database are one", async () => {
  const env = stage.env(empty, "empty");
  const [one, same] = await Promise.all([restoreNow(env), restoreNow(env)]);
  expect(one.ok).toBe(true);
  expect(same).toEqual(one);
});

test("a trial that was cut off after it had restored tries everything all the same", async () => {
  const env = stage.env(empty, "verify");
  const stop = new AbortController();
  const watching = setInterval(() => {
    void empty.db
      .first("SELECT FROM restore_log")
      .then((row) => row && stop.abort(new Error("SIGTERM")))
      .catch(() => {});
  }, 10);
  const cutOff = await restoreNow(env, { signal: stop.signal });
  clearInterval(watching);
  expect(cutOff).toMatchObject({ ok: false, reason: "Unexpected" });
  expect(await empty.db.query("SELECT id FROM restore_log")).toHaveLength(1);
  const report = (await restoreNow(env)) as Extract<RestoreReport, { ok: true }>;
  expect(report.checks?.map(({ name, ok }) => `${name} ${ok}`)).toContain("Pages true");
  expect(report.checks?.length).toBeGreaterThan(8);
  // What the cut off run took to restore is part of it.
  expect(report.restore.seconds).toBeGreaterThan(0);
  await empty.db.execute("UPDATE blob SET bytes = bytes || '\\x00' WHERE size_bytes > 0");
  expect(await restoreNow(env)).toMatchObject({ ok: false, reason: "NotWhole" });
});
