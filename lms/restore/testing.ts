// For tests: a site, a backup of it in a folder, and orders to restore it. Not for production.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { BACKUP_ENVIRONMENT, RESTORE_ENVIRONMENT, type RestoreReport } from "../../api/index.ts";
import { writeBackup } from "../backup/archive-write.ts";
import { createFolderDestination } from "../backup/folder.ts";
import type { Manifest } from "../backup/manifest.types.ts";
import { makeSchool, ORDER } from "../backup/testing.ts";
import { aSite } from "../admin/testing.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { type RunOptions, runRestore } from "./run.ts";

export interface RestoreStage {
  readonly school: TestDatabase;
  readonly folder: string;
  readonly manifest: Manifest;
  /** Environment of a restore of the backup; `more` wins. */
  env(
    database: TestDatabase,
    mode: "empty" | "in-place" | "verify",
    more?: Readonly<Record<string, string>>,
  ): NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** A school and a backup of it. */
export async function createRestoreStage(): Promise<RestoreStage> {
  const school = await createTestDatabase();
  await makeSchool(school.db);
  // One that a runtime can serve.
  await school.db.execute("UPDATE site SET document = $1", [JSON.stringify(aSite())]);
  const folder = await mkdtemp(path.join(tmpdir(), "provost-restore-"));
  const destination = createFolderDestination(folder);
  const manifest = await writeBackup({ ...ORDER, database: school.config, destination });
  let count = 0;
  return {
    school,
    folder,
    manifest,
    env(database, mode, more = {}) {
      const id = `restore-${++count}`;
      return {
        PATH: process.env["PATH"],
        ...database.env,
        [RESTORE_ENVIRONMENT.mode]: mode,
        [RESTORE_ENVIRONMENT.location]: folder,
        [RESTORE_ENVIRONMENT.path]: manifest.path,
        [RESTORE_ENVIRONMENT.id]: id,
        ...(mode === "in-place" && {
          [BACKUP_ENVIRONMENT.location]: folder,
          [BACKUP_ENVIRONMENT.site]: ORDER.site,
          [BACKUP_ENVIRONMENT.id]: `${id}-safety`,
        }),
        ...more,
      };
    },
    async close() {
      await school.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a restore in this process. */
export function restoreNow(
  env: NodeJS.ProcessEnv,
  options: Partial<RunOptions> = {},
): Promise<RestoreReport> {
  return runRestore(env, { log: pino({ level: "silent" }), version: "0.1.0", ...options });
}
