// `provost sandbox`: a cluster in one process, the operator beside it, and the manifests of -f applied and watched.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Checkout } from "../sandbox/image.ts";
import type { SandboxOptions } from "../sandbox/run.ts";

/** The command `sandbox`; it runs until Ctrl-C. */
export function sandboxCommand(): Command {
  return new Command("sandbox")
    .description(
      "run a cluster in one process with the operator, and apply manifests to it (laptops, tests, demonstrations)",
    )
    .option(
      "-f, --filename <path>",
      "file or folder of manifests to apply, and again whenever it changes (repeatable)",
      collect,
      [],
    )
    .option("--data <folder>", "where everything is kept between runs", ".provost")
    .option(
      "--port <number>",
      "port of the gateway that serves the sites (default: 8080, or the one used before)",
      port,
    )
    .option(
      "--api-port <number>",
      "port of the API server (default: a free one, or the one used before)",
      port,
    )
    .option("--output <format>", "`json`: one line on stdout when everything is Ready", "text")
    .option(
      "--image <repository=folder>",
      "checkout of Provost that runs as images of this repository, whatever their tag: a build of your own (repeatable)",
      checkout,
      [],
    )
    .option(
      "--max-container-restart-period <seconds>",
      "longest wait before what has ended again and again is started anew, the operator included (default: 300, as the kubelet has it; less to try out failures)",
      seconds,
    )
    .option("--no-operator", "leave the operator out, to run it yourself (provost operator)")
    .addHelpText(
      "after",
      `
Everything lives in the data folder: objects, databases, logs (logs/), the kubeconfig. Remove it to begin anew.
Sites are at http://<hostname>.localhost:<port>; browsers resolve *.localhost to this machine by themselves.

With --output json the one line is
  {"event":"ready","kubeconfig":…,"sites":[{"namespace","name","url"}],
   "accounts":[{"namespace","site","user","password"}]}

Ctrl-C stops everything in order; a second one, or a minute without an end, ends it by force. Exit codes: 0 stopped,
1 it could not start or did not stop in order, 2 wrong usage, 128 + signal number after a second signal.`,
    )
    .action(async (options: SandboxOptions) => {
      const { runSandbox } = await import("../sandbox/run.ts");
      try {
        process.exitCode = await runSandbox(options);
      } finally {
        // Everything has been stopped: a forgotten socket must not keep the command alive for long.
        setTimeout(() => process.exit(), 1_000).unref();
      }
    });
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function checkout(value: string, before: readonly Checkout[]): Checkout[] {
  const [, match = "", folder = ""] = /^([^=:@]+)=(.+)$/.exec(value) ?? [];
  if (match === "")
    throw new InvalidArgumentError("It must be repository=folder, such as builds/next=../provost-next.");
  if (!existsSync(join(folder, "cli/provost.js")))
    throw new InvalidArgumentError(`Folder ${folder} has no cli/provost.js: name a checkout of Provost.`);
  return [...before, { match, folder: resolve(folder) }];
}

function seconds(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 300) return number;
  throw new InvalidArgumentError("It must be a whole number from 1 to 300.");
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= 65535) return number;
  throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
}
