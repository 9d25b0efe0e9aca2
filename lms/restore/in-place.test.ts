// A site is put back to a backup: all of it or nothing, and nothing that was there is lost.
import { execFileSync } from "node:child_process";
import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BACKUP_ENVIRONMENT, RESTORE_ENVIRONMENT, type RestoreReport } from "../../api/index.ts";
import { readManifest } from "../backup/archive-read.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { createFolderDestination } from "../backup/folder.ts";
import { manifestText, sealed } from "../backup/manifest.ts";
import { KEYS } from "../backup/manifest.types.ts";
import { restoreBackup } from "../backup/restore.ts";
import { contentOf, makeSchool, ORDER, schemaOf } from "../backup/testing.ts";
import { migrateWithin, SCHEMA_VERSION } from "../db/migrate.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { STEPS } from "./in-place.ts";
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
  await site.db.execute("UPDATE account SET display_name = 'Somebody ' || id");
});
afterEach(() => site.close());

/** What a backup of the stage's folder holds. */
async function contentOfBackup(backup: string): Promise<Awaited<ReturnType<typeof contentOf>>> {
  const empty = await createEmptyDatabase();
  try {
    const destination = createFolderDestination(stage.folder);
    const manifest = await readManifest(destination, backup);
    await restoreBackup({ destination, manifest, database: empty.config });
    return await contentOf(empty.db);
  } finally {
    await empty.close();
  }
}

const expectFailure = async (report: RestoreReport, reason: string, words: RegExp): Promise<void> => {
  expect(report).toMatchObject({ ok: false, reason, message: expect.stringMatching(words) as string });
  expect(await site.db.query("SELECT * FROM maintenance")).toEqual([]);
};

test("the site is exactly what the backup holds, nobody is signed in, and what was there is saved exactly", async () => {
  const before = await contentOf(site.db);
  const report = await restoreNow(stage.env(site, "in-place"));
  expect(report).toMatchObject({
    ok: true,
    restore: { path: stage.manifest.path, rows: stage.manifest.rows },
  });
  expect(await contentOf(site.db)).toEqual(wanted);
  expect(await schemaOf(site.db)).toEqual(await schemaOf(stage.school.db));
  expect(await site.db.query("SELECT * FROM session")).toEqual([]);
  expect(await site.db.query("SELECT * FROM maintenance")).toEqual([]);
  const { safety } = report as Extract<RestoreReport, { ok: true }>;
  expect(await contentOfBackup(safety?.path ?? "")).toEqual(before);
});

test("a second run of the same restore reports what the first one did and touches nothing", async () => {
  const env = stage.env(site, "in-place");
  const first = await restoreNow(env);
  await site.db.execute("UPDATE account SET display_name = 'Later' WHERE name = 'teacher'");
  const after = await contentOf(site.db);
  expect(await restoreNow(env)).toEqual(first);
  expect(await contentOf(site.db)).toEqual(after);
});

test("a backup of an older schema is put in place and migrated up", async () => {
  const old = await createEmptyDatabase();
  const destination = createFolderDestination(stage.folder);
  await old.db.transaction((tx) => migrateWithin(tx, 1));
  await makeSchool(old.db);
  const { path: folder } = await writeBackup({ ...ORDER, id: "old", database: old.config, destination });
  const report = await restoreNow(stage.env(site, "in-place", { [RESTORE_ENVIRONMENT.path]: folder }));
  expect(report).toMatchObject({ ok: true, restore: { fromSchema: 1 } });
  expect(await schemaOf(site.db)).toEqual(await schemaOf(stage.school.db));
  await old.db.transaction((tx) => migrateWithin(tx));
  expect(await contentOf(site.db)).toEqual(await contentOf(old.db));
  await old.close();
});

test("whatever was acknowledged while it runs is in the safety backup or in the site", async () => {
  const acknowledged: string[] = [];
  let goOn = true;
  const writer = async (who: number): Promise<void> => {
    for (let at = 0; goOn; at++) {
      const name = `w${who}-${at}`;
      await site.db
        .execute("INSERT INTO account (name, email, display_name) VALUES ($1, $1 || '@example.org', $1)", [
          name,
        ])
        .then(() => acknowledged.push(name))
        .catch(() => undefined);
    }
  };
  const writers = [1, 2].map(writer);
  const report = await restoreNow(stage.env(site, "in-place"), {
    onStep: () => new Promise((resolve) => setTimeout(resolve, 30)),
  });
  goOn = false;
  await Promise.all(writers);
  expect(report.ok).toBe(true);
  const saved = await contentOfBackup(report.safety?.path ?? "");
  const now = await contentOf(site.db);
  const kept = [...(saved["account"] ?? []), ...(now["account"] ?? [])].join("\n");
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(acknowledged.filter((name) => !kept.includes(`,${name},`))).toEqual([]);
});

describe.each(STEPS)("cut off before step %s", (step) => {
  test("by an abort: the site is as it was, open, and the next run completes", async () => {
    const before = await contentOf(site.db);
    const env = stage.env(site, "in-place");
    const stop = new AbortController();
    const report = await restoreNow(env, {
      signal: stop.signal,
      onStep: (at) => {
        if (at === step) stop.abort(new Error("SIGTERM"));
      },
    });
    await expectFailure(report, "Unexpected", /was stopped \(SIGTERM\).*start it again/);
    expect(await contentOf(site.db)).toEqual(before);
    expect(await restoreNow(env)).toMatchObject({ ok: true });
    expect(await contentOf(site.db)).toEqual(wanted);
  });

  test("by a server that ends its connections: the same", async () => {
    const before = await contentOf(site.db);
    const env = stage.env(site, "in-place");
    const report = await restoreNow(env, {
      onStep: async (at) => {
        if (at !== step) return;
        await site.db.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'provost-restore%'",
        );
      },
    });
    // Before the first of them nothing was lost.
    if (step === "check") expect(report.ok).toBe(true);
    else expect(report).toMatchObject({ ok: false });
    if (!report.ok) expect(await contentOf(site.db)).toEqual(before);
    expect(await restoreNow(env)).toMatchObject({ ok: true });
    expect(await contentOf(site.db)).toEqual(wanted);
  });
});

describe("refused, and the site is as it was", () => {
  let before: Awaited<ReturnType<typeof contentOf>>;
  beforeEach(async () => {
    before = await contentOf(site.db);
  });
  afterEach(async () => {
    expect(await contentOf(site.db)).toEqual(before);
  });
  const inPlace = (more: Readonly<Record<string, string>>) => restoreNow(stage.env(site, "in-place", more));

  test("a backup that is not there", async () => {
    const report = await inPlace({ [RESTORE_ENVIRONMENT.path]: "academy/main/never" });
    await expectFailure(report, "BackupNotFound", /no complete backup academy\/main\/never/);
  });

  test("another backup than the one that is meant", async () => {
    const report = await inPlace({ [RESTORE_ENVIRONMENT.digest]: `sha256:${"0".repeat(64)}` });
    await expectFailure(report, "Corrupted", /is not the backup that is meant/);
  });

  test("a backup of which a byte is not what it was, found before anything is announced", async () => {
    const destination = createFolderDestination(stage.folder);
    const made = await writeBackup({ ...ORDER, id: "touched", database: stage.school.config, destination });
    const [part] = made.parts;
    await appendFile(path.join(stage.folder, made.path, part?.key ?? ""), "x");
    const steps: string[] = [];
    const report = await restoreNow(stage.env(site, "in-place", { [RESTORE_ENVIRONMENT.path]: made.path }), {
      onStep: (step) => void steps.push(step),
    });
    await expectFailure(report, "Corrupted", /is not as it was written/);
    expect(steps).toEqual(["check"]);
  });

  test("an encrypted backup without a key, and with another one; with its own it is restored", async () => {
    const destination = createFolderDestination(stage.folder);
    const [key, other] = [await generateIdentity(), await generateIdentity()];
    const recipients = [await identityToRecipient(key)];
    const order = { ...ORDER, id: "sealed", recipients, database: site.config, destination };
    const { path: sealed } = await writeBackup(order);
    const withKey = (identities: string) =>
      inPlace({ [RESTORE_ENVIRONMENT.path]: sealed, [RESTORE_ENVIRONMENT.identities]: identities });
    await expectFailure(await withKey(""), "WrongKey", /is encrypted to age1/);
    await expectFailure(await withKey(other), "WrongKey", /the keys given are those of age1/);
    expect(await withKey(`# created today\n${key}\n`)).toMatchObject({ ok: true });
    await rm(path.join(stage.folder, sealed), { recursive: true });
  });

  test("a backup of a newer release, before everything of it is read", async () => {
    const destination = createFolderDestination(stage.folder);
    const made = await writeBackup({ ...ORDER, id: "newer", database: site.config, destination });
    const { digest: _, ...rest } = made;
    const newer = sealed({ ...rest, schemaVersion: SCHEMA_VERSION + 1, runtimeVersion: "9.0.0" });
    await writeFile(path.join(stage.folder, made.path, KEYS.manifest), manifestText(newer));
    await appendFile(path.join(stage.folder, made.path, made.parts[0]?.key ?? ""), "x");
    const report = await inPlace({ [RESTORE_ENVIRONMENT.path]: made.path });
    await expectFailure(report, "BackupTooNew", /version 9\.0\.0 or newer/);
    await rm(path.join(stage.folder, made.path), { recursive: true });
  });

  test("a disk for the safety backup that is full", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("only root can mount a small disk");
    const small = await mkdtemp(path.join(tmpdir(), "provost-full-"));
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small], { stdio: "pipe" });
    } catch (error) {
      skip(`a small disk cannot be mounted here: ${(error as Error).message}`);
    }
    try {
      const report = await inPlace({ [BACKUP_ENVIRONMENT.location]: small });
      await expectFailure(
        report,
        "SafetyBackupFailed",
        /was not saved, so nothing was touched: .*ENOSPC; make room/,
      );
      expect(report.safety).toBeUndefined();
    } finally {
      execFileSync("umount", [small]);
      await rm(small, { recursive: true });
    }
  });

  test("a place for the safety backup that cannot be written to", async () => {
    const file = path.join(stage.folder, "no-folder");
    await writeFile(file, "");
    const report = await inPlace({ [BACKUP_ENVIRONMENT.location]: file });
    await expectFailure(report, "SafetyBackupFailed", /was not saved, so nothing was touched/);
  });

  test("what others have built upon its tables is named, and not dropped", async () => {
    await site.db.execute("CREATE SCHEMA reports");
    await site.db.execute("CREATE VIEW reports.names AS SELECT name FROM account");
    const report = await inPlace({});
    await expectFailure(report, "DatabaseInUse", /view reports\.names depends on table account.*drop it/);
    expect(report.safety?.path).toMatch(/-safety-/);
    expect(await site.db.query("SELECT * FROM reports.names LIMIT 1")).toHaveLength(1);
  });

  test("settings that are wrong, all at once", async () => {
    const report = await inPlace({
      [RESTORE_ENVIRONMENT.path]: "../etc",
      [RESTORE_ENVIRONMENT.anonymize]: "true",
      [BACKUP_ENVIRONMENT.site]: "",
    });
    await expectFailure(
      report,
      "InvalidSettings",
      /PROVOST_RESTORE_PATH is "\.\.\/etc".*PROVOST_RESTORE_ANONYMIZE.*PROVOST_BACKUP_SITE is not set/,
    );
  });
});

test("nothing of the refused ones lies in the folder but backups", async () => {
  const all = await readdir(path.join(stage.folder, ORDER.site));
  expect(
    all.every((name) => /^(nightly-1|old|touched|sealed|restore-\d+-safety-[0-9a-f]{6})$/.test(name)),
  ).toBe(true);
});
