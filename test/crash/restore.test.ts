// PostgreSQL is killed at every step of a restore in place, and in the middle of a backup: what was there or what is wanted
// is there afterwards, whole, and the next try completes.
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BACKUP_ENVIRONMENT, RESTORE_ENVIRONMENT } from "../../api/index.ts";
import { writeBackup } from "../../lms/backup/archive-write.ts";
import { createFolderDestination } from "../../lms/backup/folder.ts";
import { runBackup } from "../../lms/backup/run.ts";
import { contentOf, makeSchool, ORDER, randomBytes } from "../../lms/backup/testing.ts";
import { createDatabase, type Database, migrate } from "../../lms/db/index.ts";
import { STEPS } from "../../lms/restore/in-place.ts";
import { runRestore } from "../../lms/restore/run.ts";
import { removeFolder } from "../../sandbox/node/reachable.ts";
import { type BenchPostgres, startPostgres } from "../bench/lms/postgres.ts";

let folder: string;
let postgres: BenchPostgres;
let backedUp: Awaited<ReturnType<typeof contentOf>>;
let backup: string;
const log = pino({ level: "silent" });
const version = "0.1.0";

const withDatabase = async <T>(work: (db: Database) => Promise<T>): Promise<T> => {
  const db = createDatabase({ ...postgres.config, maxConnections: 1 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "provost-crash-restore-"));
  postgres = await startPostgres(folder);
  await withDatabase(async (db) => {
    await migrate(db);
    await makeSchool(db);
    backedUp = await contentOf(db);
  });
  const destination = createFolderDestination(folder);
  backup = (await writeBackup({ ...ORDER, database: postgres.config, destination })).path;
}, 120_000);
afterAll(async () => {
  await postgres?.stop();
  removeFolder(path.join(folder, "cache/postgres-templates"));
  removeFolder(path.join(folder, "data"));
  removeFolder(folder);
}, 60_000);

const order = (id: string): NodeJS.ProcessEnv => ({
  ...postgres.env,
  [RESTORE_ENVIRONMENT.mode]: "in-place",
  [RESTORE_ENVIRONMENT.location]: folder,
  [RESTORE_ENVIRONMENT.path]: backup,
  [RESTORE_ENVIRONMENT.id]: id,
  [BACKUP_ENVIRONMENT.location]: folder,
  [BACKUP_ENVIRONMENT.site]: ORDER.site,
  [BACKUP_ENVIRONMENT.id]: `${id}-safety`,
});

test.each(STEPS)("PostgreSQL is killed before step %s", async (step) => {
  const before = await withDatabase(async (db) => {
    await db.execute("UPDATE account SET display_name = 'Somebody ' || id || $1", [step]);
    return contentOf(db);
  });
  const env = order(`kill-${step}`);
  let killed = false;
  const report = await runRestore(env, {
    log,
    version,
    async onStep(at) {
      if (at !== step || killed) return;
      killed = true;
      await postgres.kill();
    },
  });
  expect(killed).toBe(true);
  // Nothing of it is needed to look at the backup.
  if (step !== "check") expect(report.ok).toBe(false);
  await postgres.startAgain();
  expect(await withDatabase(contentOf)).toEqual(before);
  expect(await runRestore(env, { log, version })).toMatchObject({ ok: true });
  expect(await withDatabase(contentOf)).toEqual(backedUp);
});

test("PostgreSQL is killed in the middle of a backup: it has failed, and the next try is whole", async () => {
  await withDatabase((db) =>
    db.execute("INSERT INTO blob (sha256, bytes, size_bytes) VALUES (sha256($1), $1, octet_length($1))", [
      randomBytes("large", 64_000_000),
    ]),
  );
  const env = {
    ...postgres.env,
    [BACKUP_ENVIRONMENT.location]: folder,
    [BACKUP_ENVIRONMENT.site]: ORDER.site,
    [BACKUP_ENVIRONMENT.id]: "killed",
    [BACKUP_ENVIRONMENT.origin]: "manual",
  };
  const running = runBackup(env, { log, version });
  // As soon as it writes; the large file comes later.
  while (!existsSync(path.join(folder, ORDER.site, "killed/parts"))) await sleep(2);
  await postgres.kill();
  expect(await running).toMatchObject({ ok: false, reason: "DatabaseUnreachable" });
  await postgres.startAgain();
  expect(await runBackup(env, { log, version })).toMatchObject({ ok: true });
});
