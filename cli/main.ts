// The `provost` command: which commands there are. Each is a file in commands/, loaded only when it is called for.
import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { UsageError } from "./usage-error.ts";

const program = new Command("provost")
  .description(
    "Runs learning sites from YAML: a Kubernetes operator for LmsTenant, Course and RoleBinding, with its own LMS.",
  )
  .version(packageJson.version)
  .showHelpAfterError("(run with --help for what there is)")
  .exitOverride()
  .addHelpText(
    "after",
    `
Start here:
  provost sandbox -f examples/quickstart   a whole cluster with a learning site, on this machine alone
  provost validate examples/               every fault of a manifest with file, line and column

Exit codes: 0 done, 1 it did not work or findings were made, 2 wrong usage.`,
  );

// Loading every command costs start-up time and memory that a long-lived `provost lms` would keep: load the one named.
const commands = {
  sandbox: async () => (await import("./commands/sandbox.ts")).sandboxCommand(),
  operator: async () => (await import("./commands/operator.ts")).operatorCommand(),
  lms: async () => (await import("./commands/lms.ts")).lmsCommand(),
  validate: async () => (await import("./commands/validate.ts")).validateCommand(),
  password: async () => (await import("./commands/password.ts")).passwordCommand(),
};

const named = process.argv[2];
if (named !== undefined && Object.hasOwn(commands, named)) {
  program.addCommand(await commands[named as keyof typeof commands]());
} else for (const load of Object.values(commands)) program.addCommand(await load());
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UsageError) {
    console.error(`provost: ${error.message}`);
    process.exitCode = 2;
  } else {
    console.error(`provost: ${error instanceof Error ? error.message : String(error)}`);
    if (process.env["PROVOST_DEBUG"] && error instanceof Error) console.error(error.stack);
    process.exitCode = 1;
  }
}
