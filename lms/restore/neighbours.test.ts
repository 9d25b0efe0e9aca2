// A restore in place is not alone in its database: requests under way, backups, migrations, other restores, and what others
// have put there. None of them makes it fail without a name, and none loses anything.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RESTORE_ENVIRONMENT } from "../../api/index.ts";
import { contentOf, makeSchool } from "../backup/testing.ts";
import type { Transaction } from "../db/database.ts";
import { isUnavailable } from "../db/index.ts";
import { lockSchema, migrate, whileUnmigrated } from "../db/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import type { Step } from "./in-place.ts";
import { createRestoreStage, restoreNow, type RestoreStage } from "./testing.ts";

let stage: RestoreStage;
let site: TestDatabase;
let wanted: Awaited<ReturnType<typeof contentOf>>;
beforeAll(async () => {
  stage = await createRestoreStage();
  wanted = await contentOf(stage.school.db);
});
afterAll(async () => stage?.close());
beforeEach(async () => {
  site = await createTestDatabase();
  await makeSchool(site.db, 3);
});
afterEach(() => site.close());

const inPlace = (
  options: Parameters<typeof restoreNow>[1] = {},
  more: Readonly<Record<string, string>> = {},
) => restoreNow(stage.env(site, "in-place", more), options);

/** Begins something at a step, and lets it come as far as it does by itself. */
function at<T>(step: Step, begin: () => Promise<T>) {
  const outcome: { done?: Promise<T | Error> } = {};
  return {
    outcome,
    async onStep(now: Step): Promise<void> {
      if (now !== step) return;
      outcome.done = begin().catch((error: unknown) => error as Error);
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
  };
}

/** A transaction that does `work` and stays open until it is let go. */
async function held(work: (tx: Transaction) => Promise<unknown>): Promise<() => Promise<void>> {
  const ready = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const transaction = site.db.transaction(async (tx) => {
    await work(tx);
    ready.resolve();
    await end.promise;
  });
  await Promise.race([ready.promise, transaction]);
  return async () => {
    end.resolve();
    await transaction;
  };
}

describe("a request under way", () => {
  const writes: readonly [string, string][] = [
    ["has read and then writes", "SELECT id FROM attempt"],
    ["has locked its row and then writes it", "SELECT id FROM attempt FOR UPDATE"],
  ];
  test.each(writes)(
    "that %s is told that it was not saved, and the restore goes on",
    async (_what, first) => {
      const { onStep, outcome } = at("save", () =>
        site.db.transaction(async (tx) => {
          await tx.query(first);
          await tx.execute('UPDATE attempt SET answers = \'{"a":"lost"}\'');
        }),
      );
      expect(await inPlace({ onStep })).toMatchObject({ ok: true });
      expect(isUnavailable(await outcome.done)).toBe(true);
      expect(await contentOf(site.db)).toEqual(wanted);
    },
  );

  test("that reads one table after the other comes to its end", async () => {
    let letGo: (() => Promise<void>) | undefined;
    const seen: unknown[] = [];
    // The last table it has is the first that the restore takes.
    const report = await inPlace({
      async onStep(now) {
        if (now !== "drop") return;
        const reader = site.db.transaction(async (tx) => {
          seen.push(await tx.first("SELECT count(*) AS n FROM attempt"));
          await new Promise((resolve) => setTimeout(resolve, 250));
          seen.push(await tx.first("SELECT count(*) AS n FROM document"));
        });
        letGo = () => reader;
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    });
    expect(report).toMatchObject({ ok: true });
    await letGo?.();
    expect(seen).toHaveLength(2);
  });

  test("that has written and not ended is waited for, and what it wrote is in the safety backup", async () => {
    const end = await held(async (tx) => {
      await tx.execute('UPDATE attempt SET answers = \'{"a":"late"}\'');
    });
    const restored = inPlace();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await end();
    expect(await restored).toMatchObject({ ok: true });
    const back = await inPlace({}, { [RESTORE_ENVIRONMENT.path]: (await restored).safety?.path ?? "" });
    expect(back).toMatchObject({ ok: true });
    expect(
      await site.db.first('SELECT count(*) AS n FROM attempt WHERE answers <> \'{"a":"late"}\''),
    ).toEqual({ n: 0 });
  });
});

describe("who does not come to an end is named, and nothing is touched", () => {
  let before: Awaited<ReturnType<typeof contentOf>>;
  beforeEach(async () => {
    before = await contentOf(site.db);
  });
  afterEach(async () => {
    expect(await contentOf(site.db)).toEqual(before);
    expect(await site.db.query("SELECT * FROM maintenance")).toEqual([]);
  });
  const patience = { schemaMs: 300, tablesMs: 1_000 };
  const named = (why: string) => ({
    ok: false,
    reason: "DatabaseInUse",
    message: expect.stringMatching(
      new RegExp(
        `${why}.*: process \\d+ \\(provost-lms, user \\w+, idle in transaction, \\d+ s.*then restore again`,
      ),
    ) as string,
  });

  test("a writer", async () => {
    const end = await held((tx) =>
      tx.query("SELECT pg_advisory_xact_lock(1)").then(() => tx.script("LOCK account IN ROW EXCLUSIVE MODE")),
    );
    const report = await inPlace({ patience });
    expect(report).toMatchObject(named("its tables are in use, for longer than 1 s"));
    expect(report.safety).toBeUndefined();
    await end();
  });

  test("a reader, when the safety backup is made", async () => {
    const end = await held((tx) => tx.query("SELECT count(*) FROM account"));
    const report = await inPlace({ patience });
    expect(report).toMatchObject(named("its tables are in use, for longer than 1 s"));
    expect(report.safety?.path).toMatch(/-safety-/);
    await end();
  });

  test("a backup, before anything is announced", async () => {
    const end = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const backup = whileUnmigrated(site.db, () => (begun.resolve(), end.promise));
    await begun.promise;
    const steps: string[] = [];
    const report = await inPlace({ patience, onStep: (step) => void steps.push(step) });
    expect(report).toMatchObject(
      named("a backup, a migration or another restore is under way, for longer than 0.3 s"),
    );
    expect(steps).toEqual(["check", "claim"]);
    end.resolve();
    await backup;
  });
});

test("a migration that wants to begin while what was there is saved waits for the restore, and the restore not for it", async () => {
  const { onStep, outcome } = at("save", () => site.db.transaction((tx) => lockSchema(tx)));
  const from = performance.now();
  expect(await inPlace({ onStep })).toMatchObject({ ok: true });
  expect(performance.now() - from).toBeLessThan(15_000);
  expect(await outcome.done).toBeUndefined();
  expect(await migrate(site.db)).toEqual([]);
});

test("two restores at once come one after the other; two of the same are one", async () => {
  const [first, second] = await Promise.all([inPlace(), inPlace()]);
  expect([first?.ok, second?.ok]).toEqual([true, true]);
  const env = stage.env(site, "in-place");
  const [one, same] = await Promise.all([restoreNow(env), restoreNow(env)]);
  expect(same).toEqual(one);
  const { id } = (one as Extract<typeof one, { ok: true }>).restore;
  expect(await site.db.query("SELECT id FROM restore_log WHERE id = $1", [id])).toHaveLength(1);
  expect(await contentOf(site.db)).toEqual(wanted);
});

describe("in the site's own schema", () => {
  test("a view of others on its tables is named, and stays", async () => {
    await site.db.execute("CREATE VIEW people_report AS SELECT name FROM account");
    expect(await inPlace()).toMatchObject({
      ok: false,
      reason: "DatabaseInUse",
      message: expect.stringMatching(/view people_report depends on table account.*not of the LMS/) as string,
    });
    expect((await site.db.query("SELECT * FROM people_report")).length).toBeGreaterThan(0);
  });

  test("a table of others keeps its rows, its keys and its numbers, and a backup that has it as well is none the worse", async () => {
    await site.db.transaction((tx) =>
      tx.script(`CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, above bigint REFERENCES notes, text text);
        INSERT INTO notes (above, text) VALUES (NULL, 'mine'), (1, 'below');
        CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)'; CREATE TYPE mood AS ENUM ('fine')`),
    );
    const first = await inPlace();
    expect(first).toMatchObject({ ok: true });
    const { notes, ...rest } = await contentOf(site.db);
    expect(rest).toEqual(wanted);
    expect(notes).toEqual(["(1,,mine)", "(2,1,below)"]);
    await site.db.execute("INSERT INTO notes (above, text) VALUES (2, shout('next'))");
    expect(await inPlace({}, { [RESTORE_ENVIRONMENT.path]: first.safety?.path ?? "" })).toMatchObject({
      ok: true,
    });
    expect((await contentOf(site.db))["notes"]).toEqual(["(1,,mine)", "(2,1,below)", "(3,2,NEXT)"]);
  });

  test("what a newer runtime has made goes, for it would be in its way when it comes back", async () => {
    await site.db.transaction((tx) =>
      tx.script(`INSERT INTO schema_migration VALUES (999, '0999_newer.sql', 'x', 1);
        CREATE TYPE mood AS ENUM ('fine'); CREATE DOMAIN short AS text; CREATE SEQUENCE tickets;
        CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)';
        CREATE TABLE badge (id bigint GENERATED ALWAYS AS IDENTITY, how mood, account_id bigint REFERENCES account, name short);
        CREATE VIEW badges AS SELECT * FROM badge`),
    );
    const report = await inPlace();
    expect(report).toMatchObject({ ok: true });
    const left = await site.db.first(
      `SELECT to_regclass('badge') AS a, to_regclass('badges') AS b, to_regclass('tickets') AS c, to_regtype('mood') AS d,
         to_regtype('short') AS e, to_regproc('shout') AS f, (SELECT max(version) FROM schema_migration) AS version`,
    );
    expect(left).toEqual({ a: null, b: null, c: null, d: null, e: null, f: null, version: 3 });
    expect(await contentOf(site.db)).toEqual(wanted);
  });
});
