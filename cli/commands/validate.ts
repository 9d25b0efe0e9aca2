// `provost validate PATH…`: every fault of the given manifests with its place, before anything is applied.
import { Command, Option } from "commander";
import { UsageError } from "../usage-error.ts";

interface Options {
  readonly namespace: string;
  readonly output: "text" | "json";
  readonly strictRefs: boolean;
}

/** The command `validate`; exit code 1 when there are errors. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("check manifests: YAML, fields, rules of the kinds, and references between them")
    .usage("[options] <path...>")
    .argument("[path...]", "files, folders (all .yaml, .yml and .json below), or - for standard input")
    .option("-n, --namespace <namespace>", "namespace of objects that name none", "default")
    .option("--strict-refs", "a reference to something that is not given is an error, not a warning", false)
    .addOption(
      new Option("-o, --output <format>", "text: a line for each finding; json: one object")
        .choices(["text", "json"])
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Every finding is one line on stdout, as compilers write them, so that editors jump to it:
  academy.yaml:9:13: error: spec.hostname: must be a DNS name in lower case such as academy.example.org: …
The closing count is on stderr. With --output json, stdout is
  {"files","objects","errors","warnings","findings":[{"file","line","column","field","message","severity","kind","namespace","name"}]}

Objects are checked together: a RoleBinding may name only what its LmsTenant declares, if that is given too.
Objects of other kinds are read for their names and keys. Nothing is sent anywhere; no cluster is needed.

Exit codes: 0 no errors (warnings do not count), 1 errors, 2 wrong usage.

Examples:
  provost validate examples/
  provost validate --strict-refs site.yaml courses/
  kustomize build overlays/school | provost validate -`,
    )
    .action(async (paths: string[], options: Options) => {
      if (paths.length === 0)
        throw new UsageError(
          "validate needs files or folders of manifests, or - for standard input: provost validate examples/",
        );
      process.exitCode = await run(paths, options);
    });
}

async function run(paths: readonly string[], options: Options): Promise<number> {
  // The YAML library asks process.env about every token (LOG_TOKENS), and each question to the real one leaves
  // JavaScript: a sixth of the time over large manifests.
  process.env = { ...process.env };
  const { readSources } = await import("../validate/sources.ts");
  const { validateSources } = await import("../validate/validate.ts");
  const { findingLine, reportJson, summary, totals } = await import("../validate/report.ts");
  const report = validateSources(await readSources(paths, process.stdin), options);
  if (options.output === "json") process.stdout.write(`${reportJson(report)}\n`);
  else {
    process.stdout.write(report.findings.map((finding) => `${findingLine(finding)}\n`).join(""));
    console.error(summary(report));
  }
  return totals(report.findings).errors > 0 ? 1 : 0;
}
