// What `provost backup restore` does.
import { readFileSync } from "node:fs";
import { readManifest } from "../../lms/backup/archive-read.ts";
import { restoreBackup } from "../../lms/backup/restore.ts";
import { databaseConfigFromEnv } from "../../lms/db/environment.ts";
import { UsageError } from "../usage-error.ts";
import { folder } from "./check.ts";
import { at } from "./location.ts";

export interface RestoreOptions {
  readonly location: string;
  readonly path: string;
  readonly identityFile?: string;
}

/** Restores one backup into the empty database of libpq's variables. */
export async function restore({ location, path, identityFile }: RestoreOptions): Promise<void> {
  const database = target();
  const identities = identityFile === undefined ? [] : identitiesOf(identityFile);
  const wanted = folder(path);
  await at(location, async (destination, signal) => {
    const manifest = await readManifest(destination, wanted);
    if (manifest.encrypted && identities.length === 0)
      throw new UsageError(
        `${wanted} is encrypted to ${manifest.encryption?.recipients.join(", ")}: give --identity-file with a secret key of one of them`,
      );
    const { rows, seconds } = await restoreBackup({
      destination,
      manifest,
      database,
      ...(identities.length > 0 && { identities }),
      signal,
    });
    console.log(
      `restored ${wanted} into database ${database.database}: ${rows.toLocaleString("en-US")} rows in ${seconds.toFixed(1)} s`,
    );
  });
}

/** A database that is merely the default of something is not one to fill. */
function target() {
  if (!process.env["PGDATABASE"])
    throw new UsageError(
      "PGDATABASE is not set: name the empty database to restore into (with PGHOST, PGUSER, …)",
    );
  try {
    return databaseConfigFromEnv(process.env);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** The keys of an identity file, as age-keygen writes it: a key to a line, and comments. */
function identitiesOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `--identity-file ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  // The line that is wrong may be a key all the same: it is not repeated.
  if (keys.length > 0 && keys.every((key) => key.startsWith("AGE-SECRET-KEY-1"))) return keys;
  throw new UsageError(
    `--identity-file ${file}: it must have a secret key of age (AGE-SECRET-KEY-1…) to a line`,
  );
}
