// `provost lms`: one replica of the LMS runtime, configured by its environment.
import { Command } from "commander";
import { RUNTIME_ENVIRONMENT } from "../../api/admin/contract.ts";
import { BACKUP_ENVIRONMENT } from "../../api/backup/contract.ts";
import { RESTORE_ENVIRONMENT, SOURCE_PREFIX } from "../../api/restore/contract.ts";
import { MIGRATE_ENVIRONMENT } from "../../api/update/contract.ts";

/** The command `lms`; it serves until SIGTERM. With `backup`, `restore` or `migrate`, it does that once and ends. */
export function lmsCommand(): Command {
  return new Command("lms")
    .description(
      "run the LMS runtime on the PostgreSQL named by PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD",
    )
    .addHelpText(
      "after",
      `
Environment beside libpq's:
${Object.entries(RUNTIME_ENVIRONMENT)
  .map(([what, name]) => `  ${name.padEnd(26)}${what}`)
  .join("\n")}

Migrations run at start, under an advisory lock. /healthz, /readyz and /metrics answer on the admin port.`,
    )
    .action(async () => {
      const { runLms } = await import("../../lms/main.ts");
      await runLms(process.env);
    })
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(migrateCommand());
}

function migrateCommand(): Command {
  return new Command("migrate")
    .description(
      "bring the schema of the site's database up to what this runtime needs, while the site serves",
    )
    .addHelpText(
      "after",
      `
Environment beside libpq's:
${listed(MIGRATE_ENVIRONMENT)}

Replicas of a release that can work with the new schema go on serving. With ${MIGRATE_ENVIRONMENT.plan}=true nothing is
changed: the report says what would be, and whether older runtimes could go on. Exit codes: 0 it is migrated, 1 not.`,
    )
    .action(async () => {
      const { runMigrateProcess } = await import("../../lms/migrate/process.ts");
      await runMigrateProcess(process.env);
    });
}

function backupCommand(): Command {
  return new Command("backup")
    .description("back up the site's database, as the environment orders it, while the site serves")
    .addHelpText(
      "after",
      `
Environment beside libpq's, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_CA_BUNDLE
for a bucket:
${listed(BACKUP_ENVIRONMENT)}

The report goes to the file named, as one JSON object of at most 4 KiB, whatever happens; the log, as JSON lines, to
stdout. What was made is listed, checked and restored with provost backup. Exit codes: 0 the backup is complete, 1 not.`,
    )
    .action(async () => {
      // Before everything else is loaded.
      const { lowerPriority } = await import("../../lms/backup/give-way.ts");
      lowerPriority();
      const { runBackupProcess } = await import("../../lms/backup/process.ts");
      await runBackupProcess(process.env);
    });
}

function restoreCommand(): Command {
  return new Command("restore")
    .description("restore a backup into a database, as the environment orders it")
    .addHelpText(
      "after",
      `
Environment beside libpq's, which names the database to restore into:
${listed(RESTORE_ENVIRONMENT)}

Modes: empty fills an empty database; in-place puts a site back to the backup in one transaction, after a safety backup that
the variables of provost lms backup order; verify fills an empty scratch database and tries everything that should hold.
For a bucket: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_CA_BUNDLE; where the backup and
the safety backup have different ones, those of the backup with ${SOURCE_PREFIX} before their names.

The report goes to the file named, as one JSON object of at most 4 KiB, whatever happens; the log, as JSON lines, to
stdout. By hand, and into an empty database, provost backup restore is shorter. Exit codes: 0 it is restored, 1 not.`,
    )
    .action(async () => {
      const { runRestoreProcess } = await import("../../lms/restore/process.ts");
      await runRestoreProcess(process.env);
    });
}

/** Variables of a contract for `--help`. */
function listed(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([what, name]) => `  ${name.padEnd(28)}${what}`)
    .join("\n");
}
