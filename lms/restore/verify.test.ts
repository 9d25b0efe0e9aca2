// A drill: a whole backup passes, and every damage is found by the check that is for it.
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RestoreReport } from "../../api/index.ts";
import { grant } from "../catalog/testing.ts";
import { listBackups } from "../backup/catalog.ts";
import { createFolderDestination } from "../backup/folder.ts";
import { restoreBackup } from "../backup/restore.ts";
import { createEmptyDatabase, type TestDatabase } from "../db/testing.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { ORDER } from "../backup/testing.ts";
import { createRestoreStage, restoreNow, type RestoreStage } from "./testing.ts";
import { verifyRestored } from "./verify.ts";

let stage: RestoreStage;
let scratch: TestDatabase;
beforeAll(async () => {
  stage = await createRestoreStage();
});
afterAll(async () => stage?.close());
beforeEach(async () => {
  scratch = await createEmptyDatabase();
});
afterEach(() => scratch.close());

const NAMES = ["Files", "ForeignKeys", "Grades", "Enrolments", "Administrator", "Runtime", "SignIn", "Pages"];

test("a whole backup is restored, tried in every way, and marked as verified", async () => {
  const report = (await restoreNow(stage.env(scratch, "verify"))) as Extract<RestoreReport, { ok: true }>;
  expect(report.checks?.filter(({ ok }) => !ok)).toEqual([]);
  expect(report.checks?.map(({ name }) => name)).toEqual(["Rows", ...NAMES]);
  expect(report.restore.seconds).toBeGreaterThan(0);
  const { complete } = await listBackups(createFolderDestination(stage.folder));
  const [found] = complete.filter(({ manifest }) => manifest.id === ORDER.id);
  expect(found?.verified).toMatchObject({ id: ORDER.id, digest: stage.manifest.digest });
  expect(JSON.stringify(report.checks)).toMatch(/teacher.* signed in/);
});

describe("on a restored database", () => {
  beforeEach(async () => {
    const destination = createFolderDestination(stage.folder);
    await restoreBackup({ destination, manifest: stage.manifest, database: scratch.config });
  });
  const verify = () => verifyRestored({ database: scratch.config, log: pino({ level: "silent" }) });

  test.each<[string, string, RegExp]>([
    ["Files", "UPDATE blob SET bytes = bytes || '\\x00' WHERE size_bytes > 0", /not what their digest says/],
    [
      "ForeignKeys",
      "ALTER TABLE enrolment DROP CONSTRAINT enrolment_course_id_fkey; ALTER TABLE enrolment ADD CONSTRAINT enrolment_course_id_fkey FOREIGN KEY (course_id) REFERENCES course NOT VALID",
      /constraints were never checked: enrolment_course_id_fkey/,
    ],
    [
      "ForeignKeys",
      "SET LOCAL session_replication_role = replica; DELETE FROM group_member; INSERT INTO group_member VALUES (1, 4711)",
      /group_member refers to a row of account that is not there .*4711/,
    ],
    ["ForeignKeys", "SELECT setval('account_id_seq', 1)", /account_id_seq is behind the rows of account/],
    [
      "Grades",
      "UPDATE attempt SET points = max_points + 1 WHERE id = (SELECT min(id) FROM attempt WHERE submitted_at IS NOT NULL)",
      /has no points, or more than there are: learner-\d in test/,
    ],
    [
      "Grades",
      "UPDATE attempt SET submitted_at = started_at - interval '1 s' WHERE submitted_at IS NOT NULL",
      /handed in before it was begun/,
    ],
    ["Enrolments", "DELETE FROM enrolment", /has done an item of a course that he is not enrolled in/],
    [
      "Enrolments",
      "UPDATE item SET module_id = (SELECT max(id) FROM module) WHERE key = 'read'",
      /an item stands in a module of another course: read/,
    ],
  ])("%s finds what is broken", async (name, damage, words) => {
    await scratch.db.transaction((tx) => tx.script(damage));
    const checks = await verify();
    const broken = checks.filter(({ ok }) => !ok);
    expect(broken.map((check) => check.name)).toContain(name);
    expect(broken.find((check) => check.name === name)?.detail).toMatch(words);
  });

  test("nobody who holds the role may sign in: no administrator", async () => {
    const teacher = await scratch.db.first<{ id: number }>("SELECT id FROM account WHERE name = 'teacher'");
    await grant(scratch.db, teacher?.id ?? 0, "administrator", {});
    expect((await verify()).find(({ name }) => name === "Administrator")).toMatchObject({
      ok: true,
      detail: expect.stringContaining("teacher among them") as string,
    });
    await scratch.db.execute("UPDATE account SET suspended = true WHERE name = 'teacher'");
    expect((await verify()).find(({ name }) => name === "Administrator")).toMatchObject({ ok: false });
  });

  test("a site that the runtime cannot start on", async () => {
    await scratch.db.execute("DROP TABLE site");
    const checks = await verify();
    expect(checks.at(-1)).toMatchObject({ name: "Runtime", ok: false });
  });

  test("pages that fail are named", async () => {
    await scratch.db.execute("ALTER TABLE quiz_revision RENAME COLUMN question_count TO questions");
    const pages = (await verify()).find(({ name }) => name === "Pages");
    expect(pages).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/\/courses\/.* answers 500/) as string,
    });
  });
});

test("a backup that is restored and is not whole is told, and not marked", async () => {
  const torn = await createEmptyDatabase();
  const destination = createFolderDestination(stage.folder);
  await restoreBackup({ destination, manifest: stage.manifest, database: torn.config });
  await torn.db.execute("UPDATE attempt SET points = -1 WHERE submitted_at IS NOT NULL");
  const { path } = await writeBackup({ ...ORDER, id: "torn", database: torn.config, destination });
  const report = await restoreNow(stage.env(scratch, "verify", { PROVOST_RESTORE_PATH: path }));
  expect(report).toMatchObject({
    ok: false,
    reason: "NotWhole",
    message: expect.stringContaining("Grades: a graded attempt has no points") as string,
  });
  expect(report.checks).toHaveLength(NAMES.length + 1);
  const { complete } = await listBackups(destination);
  expect(complete.find(({ manifest }) => manifest.id === "torn")?.verified).toBeUndefined();
  await torn.close();
});
