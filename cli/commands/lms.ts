// `provost lms`: one replica of the LMS runtime, configured by its environment.
import { Command } from "commander";
import { RUNTIME_ENVIRONMENT } from "../../api/admin/contract.ts";
import { BACKUP_ENVIRONMENT } from "../../api/backup/contract.ts";

/** The command `lms`; it serves until SIGTERM. With `backup`, it makes one backup and ends. */
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
    .addCommand(backupCommand());
}

function backupCommand(): Command {
  return new Command("backup")
    .description("back up the site's database, as the environment orders it, while the site serves")
    .addHelpText(
      "after",
      `
Environment beside libpq's, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_CA_BUNDLE
for a bucket:
${Object.entries(BACKUP_ENVIRONMENT)
  .map(([what, name]) => `  ${name.padEnd(28)}${what}`)
  .join("\n")}

The report goes to the file named, as one JSON object of at most 4 KiB, whatever happens; the log, as JSON lines, to
stdout. What was made is listed, checked and restored with provost backup. Exit codes: 0 the backup is complete, 1 not.`,
    )
    .action(async () => {
      const { runBackupProcess } = await import("../../lms/backup/process.ts");
      await runBackupProcess(process.env);
    });
}
