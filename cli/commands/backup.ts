// `provost backup list|check|restore`: backups by their location alone. No cluster, no site and no operator is needed.
import { Command, Option } from "commander";
import type { CheckOptions } from "../backup/check.ts";
import type { ListOptions } from "../backup/list.ts";
import type { RestoreOptions } from "../backup/restore.ts";

const LOCATION = "folder (file:///backups or /backups), or bucket (s3://bucket/prefix?endpoint=https://host)";

/** The command `backup`. */
export function backupCommand(): Command {
  return new Command("backup")
    .description("list, check and restore backups where they lie; their location alone suffices")
    .addCommand(listCommand())
    .addCommand(checkCommand())
    .addCommand(restoreCommand())
    .addHelpText(
      "after",
      `
A bucket's credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, when there is one, AWS_SESSION_TOKEN; its
region from the location (&region=…) or AWS_REGION; certificates to trust from the file AWS_CA_BUNDLE.

How backups are made and what is in them: docs/guides/backups.md`,
    );
}

const location = (): Option =>
  new Option("--location <url>", `where the backups lie: ${LOCATION}`).makeOptionMandatory();

function listCommand(): Command {
  return new Command("list")
    .description(
      "what backups there are, newest first for each site; also runs that never ended, and broken ones",
    )
    .addOption(location())
    .option("--site <namespace/name>", "of this site only; default: all sites")
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      `
VERIFIED is the day on which the backup was restored and found whole. Exit codes: 0 also when there are none or some are
broken, 1 when the location does not answer, 2 wrong usage.

Examples:
  provost backup list --location /mnt/backups
  provost backup list --location 's3://bucket/school?endpoint=https://s3.example.org' --site academy/main -o json`,
    )
    .action(async (options: ListOptions) => {
      const { list } = await import("../backup/list.ts");
      await list(options);
    });
}

function checkCommand(): Command {
  return new Command("check")
    .description("read everything a backup stores and compare it with the digests of its manifest")
    .addOption(location())
    .option(
      "--path <path>",
      "folder of the backup below the location, as list tells it: academy/main/nightly-1",
    )
    .option("--id <id>", "or its id, when no other site has a backup of the same id")
    .addHelpText(
      "after",
      `
What is encrypted is checked as it is stored; no key is needed. Exit codes: 0 whole, 1 not whole or not there, 2 wrong usage.`,
    )
    .action(async (options: CheckOptions) => {
      const { check } = await import("../backup/check.ts");
      await check(options);
    });
}

function restoreCommand(): Command {
  return new Command("restore")
    .description(
      "restore a backup into the empty database named by PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD",
    )
    .addOption(location())
    .requiredOption("--path <path>", "folder of the backup below the location, as list tells it")
    .option(
      "--identity-file <file>",
      "file with the secret keys of age (AGE-SECRET-KEY-1…) of an encrypted backup",
    )
    .addHelpText(
      "after",
      `
All or nothing: what is not whole, or does not fit, leaves the database as empty as it was. A database that has tables is
refused. Exit codes: 0 restored, 1 not restored, 2 wrong usage.

Example:
  createdb main_restored
  PGDATABASE=main_restored provost backup restore --location /mnt/backups --path academy/main/nightly-1`,
    )
    .action(async (options: RestoreOptions) => {
      const { restore } = await import("../backup/restore.ts");
      await restore(options);
    });
}
