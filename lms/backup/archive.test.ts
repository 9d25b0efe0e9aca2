// A backup and its restore: everything that was there is there again, and nothing else.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeAccount } from "../catalog/testing.ts";
import { createDatabase } from "../db/database.ts";
import { SCHEMA_VERSION } from "../db/migrate.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { checkStored, readManifest } from "./archive-read.ts";
import { writeBackup } from "./archive-write.ts";
import { DestinationError } from "./destination.types.ts";
import type { Manifest } from "./manifest.types.ts";
import { restoreBackup } from "./restore.ts";
import {
  contentOf,
  createMemoryDestination,
  makeSchool,
  type MemoryDestination,
  ORDER,
  schemaOf,
} from "./testing.ts";

let school: TestDatabase;
let empty: TestDatabase;
let destination: MemoryDestination;

beforeAll(async () => {
  school = await createTestDatabase();
  await makeSchool(school.db);
});
afterAll(() => school.close());

beforeEach(async () => {
  empty = await createEmptyDatabase();
  destination = createMemoryDestination();
});
afterEach(() => empty.close());

const backUp = (id: string = ORDER.id, database = school.config): Promise<Manifest> =>
  writeBackup({ ...ORDER, id, database, destination });
const restore = (manifest: Manifest) => restoreBackup({ destination, manifest, database: empty.config });

describe("what is restored", () => {
  test("is equal row by row, in a schema that migrations alone would have made", async () => {
    const manifest = await backUp();
    const { rows, seconds, ignored } = await restore(manifest);
    const content = await contentOf(school.db);
    expect(await contentOf(empty.db)).toEqual(content);
    expect(await schemaOf(empty.db)).toEqual(await schemaOf(school.db));
    expect(Object.values(content).filter((table) => table.length === 0)).toEqual([]);
    expect(rows).toBe(Object.values(content).flat().length);
    expect(manifest).toMatchObject({ rows, files: 2, fileBytes: 200_000, schemaVersion: SCHEMA_VERSION });
    expect(seconds).toBeGreaterThan(0);
    expect(ignored).toEqual([]);
  });

  test("signs nobody in and locks nobody out", async () => {
    await restore(await backUp());
    expect(await empty.db.first("SELECT count(*) FROM session")).toEqual({ count: 0 });
    expect(await empty.db.first("SELECT count(*) FROM sign_in_failure")).toEqual({ count: 0 });
    expect(await school.db.first("SELECT count(*) FROM session")).toEqual({ count: 5 });
  });

  test("goes on where the site was: new rows get new ids", async () => {
    await restore(await backUp());
    const last = await school.db.first<{ id: number }>("SELECT max(id) AS id FROM account");
    expect(await makeAccount(empty.db, "newcomer")).toBe((last?.id ?? 0) + 1);
  });

  test("is planned for as what it is", async () => {
    await restore(await backUp());
    expect(await empty.db.first("SELECT reltuples AS n FROM pg_class WHERE relname = 'account'")).toEqual({
      n: 6,
    });
  });

  test("is a new site, when that is what was backed up: nothing of what migrations bring comes twice", async () => {
    const site = await createTestDatabase();
    try {
      await site.db.execute("UPDATE role SET title = 'Pupil' WHERE name = 'learner'");
      await restore(await backUp("new", site.config));
      expect(await contentOf(empty.db)).toEqual(await contentOf(site.db));
    } finally {
      await site.close();
    }
  });
});

describe("what is stored", () => {
  test("begins with what says that it begins, ends with the manifest, and is whole", async () => {
    const manifest = await backUp();
    const keys = [...destination.objects.keys()].map((key) => key.slice(manifest.path.length + 1));
    expect(keys[0]).toBe("started.json");
    expect(keys.at(-1)).toBe("manifest.json");
    expect(keys.slice(1, -1)).toEqual(manifest.parts.map(({ key }) => key));
    expect(keys).toContain("parts/attempt.copy.zst");
    expect(await readManifest(destination, manifest.path)).toEqual(manifest);
    await checkStored(destination, manifest);
    const text = String(destination.objects.get("academy/main/nightly-1/started.json"));
    expect(JSON.parse(text)).toMatchObject({ site: "academy/main", id: "nightly-1" });
  });

  test("can be loaded in its order: no table comes before one it refers to", async () => {
    const { parts } = await backUp();
    const at = (table: string): number => parts.findIndex((part) => part.table === table);
    const keys = await school.db.query<{ from: string; to: string }>(
      `SELECT conrelid::regclass::text AS from, confrelid::regclass::text AS to FROM pg_constraint
       WHERE contype = 'f' AND NOT condeferrable AND conrelid <> 'session'::regclass`,
    );
    expect(keys.length).toBeGreaterThan(10);
    for (const { from, to } of keys) expect(at(to), `${to} before ${from}`).toBeLessThan(at(from));
  });

  test("is not written again under the same id", async () => {
    const manifest = await backUp();
    const before = [...destination.objects];
    await school.db.execute("UPDATE account SET updated_at = now()");
    expect(await backUp()).toEqual(manifest);
    expect([...destination.objects]).toEqual(before);
  });

  test("a manifest that is not whole is not written over", async () => {
    const { path } = await backUp();
    destination.objects.set(`${path}/manifest.json`, Buffer.from("{"));
    await expect(backUp()).rejects.toMatchObject({ reason: "Corrupted" });
    expect(destination.objects.get(`${path}/manifest.json`)).toEqual(Buffer.from("{"));
  });
});

describe("what else is in the database", () => {
  test("a table of somebody else in the schema is in the backup, and its restore says that it is left out", async () => {
    const site = await createTestDatabase();
    try {
      await site.db.execute('CREATE TABLE "Odd ""name" AS SELECT n FROM generate_series(1, 9) n');
      const { ignored, rows } = await restore(await backUp("odd", site.config));
      expect(ignored).toEqual(['Odd "name']);
      expect(rows).toBe(Object.values(await contentOf(empty.db)).flat().length);
    } finally {
      await site.close();
    }
  });
});

describe("a backup that cannot be made says why and leaves nothing", () => {
  const failing = async (database: object): Promise<unknown> => {
    const error: unknown = await writeBackup({
      ...ORDER,
      database: { ...school.config, ...database },
      destination,
    }).catch((caught: unknown) => caught);
    expect([...destination.objects.keys()]).toEqual([]);
    return error;
  };

  test("a server that does not answer", async () => {
    expect(await failing({ port: 9 })).toMatchObject({
      reason: "DatabaseUnreachable",
      message: expect.stringMatching(/:9, user provost: .*ECONNREFUSED.*check PGHOST and PGPORT/) as string,
    });
  });

  test("a database that does not exist", async () => {
    expect(await failing({ database: "nowhere" })).toMatchObject({
      reason: "DatabaseUnreachable",
      message: expect.stringMatching(/nowhere.*correct PGDATABASE/) as string,
    });
  });

  test("a role that may not read, whose password is not told", async () => {
    await school.db.execute("CREATE ROLE stranger LOGIN PASSWORD 'hunter2'");
    try {
      const error = await failing({ user: "stranger", password: "hunter2" });
      expect(error).toMatchObject({ reason: "DatabaseUnreachable" });
      expect((error as Error).message).toMatch(/permission denied.*the role that owns/);
      expect((error as Error).message).not.toContain("hunter2");
    } finally {
      await school.db.execute("DROP ROLE stranger");
    }
  });

  test("a database without a site", async () => {
    expect(await failing({ database: empty.config.database })).toMatchObject({ reason: "SchemaMismatch" });
  });

  test("a recipient that is no public key", async () => {
    const wrong = writeBackup({
      ...ORDER,
      database: school.config,
      destination,
      recipients: ["age1nonsense"],
    });
    await expect(wrong).rejects.toMatchObject({
      reason: "InvalidSettings",
      message: expect.stringContaining("age1nonsense") as string,
    });
    expect(destination.objects.size).toBe(0);
  });
});

test("a destination that refuses before it has read anything ends the backup at once", async () => {
  const refusing: MemoryDestination = {
    ...destination,
    write: (key, content, signal) =>
      key.includes("blob")
        ? Promise.reject(new DestinationError("DestinationDenied", "not here"))
        : destination.write(key, content, signal),
  };
  const made = writeBackup({ ...ORDER, database: school.config, destination: refusing });
  await expect(made).rejects.toMatchObject({ reason: "DestinationDenied" });
}, 5_000);

test("a connection that is lost in the middle ends the backup at once, with a reason", async () => {
  const killing: MemoryDestination = {
    ...destination,
    async write(key, content, signal) {
      if (key.endsWith("blob.copy.zst")) {
        const admin = createDatabase(school.config);
        await admin.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'provost-backup' AND datname = current_database()",
        );
        await admin.close();
      }
      return destination.write(key, content, signal);
    },
  };
  const made = writeBackup({ ...ORDER, database: school.config, destination: killing });
  await expect(made).rejects.toMatchObject({ reason: "DatabaseUnreachable" });
  expect(destination.objects.has("academy/main/nightly-1/manifest.json")).toBe(false);
  expect(await backUp()).toMatchObject({ id: "nightly-1" });
});
