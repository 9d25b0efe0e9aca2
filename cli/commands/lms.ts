// `provost lms`: one replica of the LMS runtime, configured by its environment.
import { Command } from "commander";
import { RUNTIME_ENVIRONMENT } from "../../api/admin/contract.ts";

/** The command `lms`; it serves until SIGTERM. */
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
    });
}
