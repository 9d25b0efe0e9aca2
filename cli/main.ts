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
  backup: async () => (await import("./commands/backup.ts")).backupCommand(),
  update: async () => (await import("./commands/update.ts")).updateCommand(),
  password: async () => (await import("./commands/password.ts")).passwordCommand(),
};

const named = process.argv[2] === "help" ? process.argv[3] : process.argv[2];
const wanted = named !== undefined && Object.hasOwn(commands, named) ? [named] : Object.keys(commands);
for (const name of wanted) {
  const command = await commands[name as keyof typeof commands]();
  program.addCommand(inherit(command, program));
}

/** Settings of the program do not reach commands that were made on their own, nor those below them. */
function inherit(command: Command, from: Command): Command {
  command.copyInheritedSettings(from);
  for (const below of command.commands) inherit(below, command);
  return command;
}

// Whoever reads our output may have had enough (`provost validate | head`): that is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

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
