// What a restore refuses, what it does with an older backup, and that it leaves nothing behind when it fails.
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrate, migrateWithin, SCHEMA_VERSION } from "../db/migrate.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { writeBackup } from "./archive-write.ts";
import type { Destination } from "./destination.types.ts";
import { sealed } from "./manifest.ts";
import type { Manifest } from "./manifest.types.ts";
import { restoreBackup, type RestoreOptions } from "./restore.ts";
import {
  contentOf,
  createMemoryDestination,
  makeSchool,
  type MemoryDestination,
  ORDER,
  schemaOf,
} from "./testing.ts";

let school: TestDatabase;
let destination: MemoryDestination;
let manifest: Manifest;
let empty: TestDatabase;

beforeAll(async () => {
  school = await createTestDatabase();
  await makeSchool(school.db);
  destination = createMemoryDestination();
  manifest = await writeBackup({ ...ORDER, database: school.config, destination });
});
afterAll(() => school.close());
beforeEach(async () => {
  empty = await createEmptyDatabase();
});
afterEach(() => empty.close());

const restore = (options: Partial<RestoreOptions> = {}) =>
  restoreBackup({ destination, manifest, database: empty.config, ...options });

/** Nothing at all is in the database, and a restore into it works. */
async function expectUsable(): Promise<void> {
  expect(
    await empty.db.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"),
  ).toEqual([]);
  expect(
    await empty.db.query("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"),
  ).toEqual([]);
  await restore();
  expect(await contentOf(empty.db)).toEqual(await contentOf(school.db));
}

test("a backup of an older schema is restored and migrated up", async () => {
  const old = await createEmptyDatabase();
  try {
    await old.db.transaction((tx) => migrateWithin(tx, 1));
    await makeSchool(old.db);
    const first = await writeBackup({ ...ORDER, id: "old", database: old.config, destination });
    expect(first.schemaVersion).toBe(1);
    expect(first.schemaVersion).toBeLessThan(SCHEMA_VERSION);
    await restore({ manifest: first });
    expect(await schemaOf(empty.db)).toEqual(await schemaOf(school.db));
    expect(await migrate(empty.db)).toEqual([]);
    await migrate(old.db);
    expect(await contentOf(empty.db)).toEqual(await contentOf(old.db));
    expect(await empty.db.first("SELECT reading_minutes AS m FROM item WHERE key = 'read'")).toEqual({
      m: 3,
    });
  } finally {
    await old.close();
  }
});

describe("refused, and nothing is changed", () => {
  test("a database that has tables, whatever their schema", async () => {
    for (const table of ["mine", "elsewhere.mine"]) {
      await empty.db.execute("CREATE SCHEMA IF NOT EXISTS elsewhere");
      await empty.db.execute(`CREATE TABLE ${table} AS SELECT 1 AS one`);
      await expect(restore()).rejects.toMatchObject({
        reason: "DatabaseNotEmpty",
        message: expect.stringMatching(
          /is not empty \(1 tables, (elsewhere\.)?mine among them\).*createdb/,
        ) as string,
      });
      expect(await empty.db.query(`SELECT * FROM ${table}`)).toEqual([{ one: 1 }]);
      await empty.db.execute(`DROP TABLE ${table}`);
    }
    await expectUsable();
  });

  test("the site itself", async () => {
    const content = await contentOf(school.db);
    await expect(restore({ database: school.config })).rejects.toMatchObject({ reason: "DatabaseNotEmpty" });
    expect(await contentOf(school.db)).toEqual(content);
  });

  test("a backup of a newer schema", async () => {
    const { digest: _, ...rest } = manifest;
    const newer = sealed({ ...rest, schemaVersion: SCHEMA_VERSION + 1, runtimeVersion: "9.0.0" });
    await expect(restore({ manifest: newer })).rejects.toMatchObject({
      reason: "BackupTooNew",
      message: expect.stringContaining("restore it with version 9.0.0 or newer") as string,
    });
    await expectUsable();
  });

  test("a backup whose rows contradict each other", async () => {
    const torn = await createTestDatabase();
    try {
      await makeSchool(torn.db);
      await torn.db.execute("ALTER TABLE attempt DROP CONSTRAINT attempt_account_id_fkey");
      await torn.db.execute("UPDATE attempt SET account_id = 4711 WHERE id = 1");
      const made = await writeBackup({ ...ORDER, id: "torn", database: torn.config, destination });
      await expect(restore({ manifest: made })).rejects.toMatchObject({
        reason: "Corrupted",
        message: expect.stringMatching(/attempt_account_id_fkey.*4711/) as string,
      });
      await expectUsable();
    } finally {
      await torn.close();
    }
  });

  test("a schema that was changed by hand, by name", async () => {
    const other = await createTestDatabase();
    try {
      await other.db.execute("ALTER TABLE account ADD COLUMN shoe_size integer");
      const made = await writeBackup({ ...ORDER, id: "changed", database: other.config, destination });
      await expect(restore({ manifest: made })).rejects.toMatchObject({
        reason: "SchemaMismatch",
        message: expect.stringContaining("table account has other columns (shoe_size)") as string,
      });
      await expectUsable();
    } finally {
      await other.close();
    }
  });
});

describe("an encrypted backup", () => {
  let identity: string;
  let encrypted: Manifest;

  beforeAll(async () => {
    identity = await generateIdentity();
    const recipients = [
      await identityToRecipient(await generateIdentity()),
      await identityToRecipient(identity),
    ];
    encrypted = await writeBackup({
      ...ORDER,
      id: "secret",
      database: school.config,
      destination,
      recipients,
    });
  });

  test("is opened by the key of any of its recipients, also among others", async () => {
    expect(encrypted.encrypted).toBe(true);
    await restore({ manifest: encrypted, identities: [await generateIdentity(), identity] });
    expect(await contentOf(empty.db)).toEqual(await contentOf(school.db));
  });

  test("holds nothing that can be read without", () => {
    const plain = ["learner-1", "teacher@example.org", "Row, row, row"];
    for (const { key } of encrypted.parts) {
      const bytes = destination.objects.get(`${encrypted.path}/${key}`);
      expect(bytes?.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
      for (const word of plain) expect(bytes?.includes(word)).toBe(false);
    }
  });

  test("without a key, with a wrong one, with none at all: told, and the key is not", async () => {
    const wrong = await generateIdentity();
    const refused = async (identities: readonly string[]): Promise<string> => {
      const error: unknown = await restore({ manifest: encrypted, identities }).catch(
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ reason: "WrongKey" });
      const { message } = error as Error;
      expect(message).toContain(`is encrypted to ${encrypted.encryption?.recipients.join(", ")}`);
      expect(message).not.toContain("AGE-SECRET-KEY-1");
      return message;
    };
    expect(await refused([])).toContain("no secret key is given");
    expect(await refused([wrong])).toContain(`those of ${await identityToRecipient(wrong)}`);
    expect(await refused([identity, `${wrong}X`])).toContain("key 2 of 2 is not a secret key");
    await expectUsable();
  });
});

describe("cut short", () => {
  test("by an abort at any object: nothing is left, and the next try works", async () => {
    for (let cut = 0; cut < manifest.parts.length; cut += 3) {
      const stop = new AbortController();
      let reads = 0;
      const stopping: Destination = {
        ...destination,
        async read(key, signal) {
          const content = await destination.read(key, signal);
          if (reads++ === cut) stop.abort(new Error("that will do"));
          return content;
        },
      };
      await expect(restore({ destination: stopping, signal: stop.signal })).rejects.toThrow("that will do");
      expect(reads).toBe(cut + 1);
    }
    await expectUsable();
  });

  test("by a connection that is lost: nothing is left, and the next try works", async () => {
    const killing: Destination = {
      ...destination,
      async read(key, signal) {
        if (key.includes("attempt"))
          await school.db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'provost-restore' AND datname = $1",
            [empty.config.database],
          );
        return destination.read(key, signal);
      },
    };
    await expect(restore({ destination: killing })).rejects.toMatchObject({ reason: "DatabaseUnreachable" });
    await expectUsable();
  });

  test("two at once into one database: one restores, the other sees that it is not empty", async () => {
    const results = await Promise.allSettled([restore(), restore(), restore()]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ reason: "DatabaseNotEmpty" });
    expect(await contentOf(empty.db)).toEqual(await contentOf(school.db));
  });
});
