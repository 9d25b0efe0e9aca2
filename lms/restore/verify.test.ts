// A drill: a whole backup passes, and every damage is found by the check that is for it, and by no other.
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { RestoreCheck, RestoreReport } from "../../api/index.ts";
import { grant, makeAccount } from "../catalog/testing.ts";
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

const GRADED = "WHERE id = (SELECT min(id) FROM attempt WHERE submitted_at IS NOT NULL)";
const UNCHECKED = "SET LOCAL session_replication_role = replica";

describe("on a restored database", () => {
  beforeEach(async () => {
    const destination = createFolderDestination(stage.folder);
    await restoreBackup({ destination, manifest: stage.manifest, database: scratch.config });
  });
  const verify = () => verifyRestored({ database: scratch.config, log: pino({ level: "silent" }) });
  const broken = async (): Promise<RestoreCheck[]> => (await verify()).filter(({ ok }) => !ok);

  test.each<[string, string, RegExp]>([
    // The smallest file, which a page sends, is not the one.
    [
      "Files",
      "INSERT INTO blob VALUES (sha256('other'), 'something', 9)",
      /not what their digest says, such as d9298a10d1b0/,
    ],
    [
      "Files",
      "INSERT INTO blob VALUES (sha256('other'), 'other', 6)",
      /not what their digest says, such as d9298a10d1b0/,
    ],
    [
      "Files",
      "UPDATE item SET file_path = 'gone.bin' WHERE key = 'map'",
      /shows a file that its course does not have: rowing: gone.bin/,
    ],
    [
      "ForeignKeys",
      "ALTER TABLE enrolment DROP CONSTRAINT enrolment_course_id_fkey; ALTER TABLE enrolment ADD CONSTRAINT enrolment_course_id_fkey FOREIGN KEY (course_id) REFERENCES course NOT VALID",
      /constraints were never checked: enrolment_course_id_fkey/,
    ],
    [
      "ForeignKeys",
      `${UNCHECKED}; INSERT INTO group_member VALUES (1, 4711)`,
      /group_member refers to a row of account that is not there .*4711/,
    ],
    [
      "ForeignKeys",
      `${UNCHECKED}; INSERT INTO enrolment VALUES (815, 4711)`,
      /enrolment refers to a row of (account|course) that is not there .*(4711|815)/,
    ],
    ["ForeignKeys", "SELECT setval('account_id_seq', 1)", /account_id_seq is behind the rows of account/],
    [
      "Grades",
      `UPDATE attempt SET points = max_points + 1 ${GRADED}`,
      /has no points, or more than there are: learner-2 in test/,
    ],
    ["Grades", `UPDATE attempt SET percent = 99 ${GRADED}`, /not what its points make: learner-2 in test/],
    [
      "Grades",
      `UPDATE attempt SET results = '{"a": 0.5}' ${GRADED}`,
      /points of an attempt are not those of its questions: learner-2 in test/,
    ],
    [
      "Grades",
      `UPDATE attempt SET passed = NOT passed ${GRADED}`,
      /passed that should have failed.*learner-2/,
    ],
    [
      "Grades",
      "DELETE FROM item_progress p USING item i WHERE i.id = p.item_id AND i.kind = 'quiz'",
      /was passed and does not count as done: learner-2 in test/,
    ],
    [
      "Grades",
      "UPDATE attempt SET points = 1 WHERE id = (SELECT max(id) FROM attempt WHERE submitted_at IS NULL)",
      /not handed in has a grade: learner-\d in test/,
    ],
    [
      "Grades",
      `ALTER TABLE attempt DROP CONSTRAINT attempt_item_id_account_id_number_key;
       INSERT INTO attempt (item_id, account_id, revision_id, number, seed, submitted_at, points, max_points, percent, passed, results)
       SELECT item_id, account_id, revision_id, number, seed, submitted_at, points, max_points, percent, passed, results FROM attempt ${GRADED}`,
      /has the same attempt twice.*learner-2 in test/,
    ],
    [
      "Grades",
      "UPDATE attempt SET revision_id = (SELECT quiz_id FROM item WHERE key = 'quiz') WHERE submitted_at IS NULL",
      /of a quiz that the item never was: learner-\d in test/,
    ],
    [
      "Grades",
      "UPDATE item SET quiz_id = (SELECT quiz_id FROM item WHERE key = 'quiz') WHERE key = 'test'",
      /has no questions, or those of another: test/,
    ],
    [
      "Enrolments",
      "ALTER TABLE enrolment DROP CONSTRAINT enrolment_pkey; INSERT INTO enrolment SELECT * FROM enrolment ORDER BY account_id LIMIT 1",
      /enrolled twice in one course: learner-0 in rowing/,
    ],
    [
      "Enrolments",
      "UPDATE item SET module_id = (SELECT max(id) FROM module) WHERE key = 'read'",
      /an item stands in a module of another course: read/,
    ],
    [
      "Enrolments",
      "DROP INDEX account_email; UPDATE account SET email = 'LEARNER-1@example.org' WHERE name = 'learner-3'",
      /share a name or an e-mail address: learner-1 and learner-3/,
    ],
    ["Runtime", `UPDATE site SET document = document - 'housekeeping'`, /undefined/],
    ["Runtime", "UPDATE schema_migration SET sha256 = 'other' WHERE version = 2", /0002_reading_time/],
    [
      "Pages",
      "ALTER TABLE quiz_revision RENAME COLUMN question_count TO questions",
      /\/courses\/rowing\/items\/test as teacher answers 500.*and \d more of \d\d pages/,
    ],
    [
      "Pages",
      "UPDATE quiz_revision SET document = document - 'questions' WHERE id = (SELECT quiz_id FROM item WHERE key = 'test')",
      /\/courses\/rowing\/items\/test\/attempt as learner-\d answers 500/,
    ],
  ])("%s alone finds what is broken by %s", async (name, damage, words) => {
    await scratch.db.transaction((tx) => tx.script(damage));
    const found = await broken();
    expect(found.map((check) => `${check.name}: ${check.detail}`)).toEqual([expect.stringMatching(words)]);
    expect(found[0]?.name).toBe(name);
  });

  test("a file that is sent with other bytes is found by who asks for it, too", async () => {
    await scratch.db.execute("UPDATE blob SET bytes = bytes || '\\x00' WHERE size_bytes > 0");
    expect(await broken()).toEqual([
      { name: "Files", ok: false, detail: expect.stringMatching(/not what their digest says/) as string },
      {
        name: "Pages",
        ok: false,
        detail: expect.stringMatching(/files\/boat.bin as teacher is sent with other bytes/) as string,
      },
    ]);
  });

  const idOf = async (name: string): Promise<number> =>
    (await scratch.db.first<{ id: number }>("SELECT id FROM account WHERE name = $1", [name]))?.id ?? 0;

  test("nobody who holds the role may sign in: no administrator", async () => {
    const chief = await makeAccount(scratch.db, "chief");
    await grant(scratch.db, chief, "administrator");
    expect((await verify()).find(({ name }) => name === "Administrator")).toMatchObject({
      ok: true,
      detail: expect.stringContaining("chief among them") as string,
    });
    await scratch.db.execute("UPDATE account SET suspended = true WHERE name = 'chief'");
    expect(await broken()).toEqual([
      { name: "Administrator", ok: false, detail: expect.stringMatching(/chief may not sign in/) as string },
    ]);
  });

  test("an administrator whose name the site does not understand cannot sign in", async () => {
    // Whoever looks at the courses can.
    await grant(scratch.db, await idOf("teacher"), "instructor");
    await grant(scratch.db, await idOf("learner-1"), "learner");
    await grant(scratch.db, await makeAccount(scratch.db, "Chief"), "administrator");
    expect(await broken()).toEqual([
      { name: "SignIn", ok: false, detail: "Chief cannot sign in: the answer is 422" },
    ]);
  });

  test("nothing of the trial is left running, whether it is whole, broken or stopped", async () => {
    // The server forgets a connection a moment after it was closed.
    const nobodyElse = () =>
      vi.waitFor(async () => {
        const others = await scratch.db.query<object>(
          `SELECT application_name, query FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
        );
        expect(others).toEqual([]);
      });
    await nobodyElse();
    const controller = new AbortController();
    const stopped = verifyRestored({
      database: scratch.config,
      log: pino({ level: "silent" }),
      signal: controller.signal,
      onFirstPage: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    await nobodyElse();
    await verify();
    await nobodyElse();
    await scratch.db.execute("UPDATE site SET document = document - 'housekeeping'");
    expect((await broken()).map(({ name }) => name)).toEqual(["Runtime"]);
    await nobodyElse();
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
