// `provost operator`: the controllers of LmsTenant, Course and RoleBinding against one cluster.
import { Command, InvalidArgumentError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { UsageError } from "../usage-error.ts";

interface Flags {
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly selector?: string;
  readonly kubeApiQps?: number;
  readonly lmsImage: string;
  readonly siteUrl: string;
  readonly resync: number;
  readonly finalizerDeadline: number;
  readonly healthPort?: number;
  readonly leaderElect?: boolean;
  readonly logLevel: string;
}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** The command `operator`; it runs until SIGTERM. */
export function operatorCommand(): Command {
  return new Command("operator")
    .description(
      "run the operator: make declared LmsTenants, Courses and RoleBindings true and keep them true",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig file; default $KUBECONFIG, ~/.kube/config, then the pod's service account",
    )
    .option(
      "-n, --namespace <namespace>",
      "serve this namespace only, with rights there only; default: all namespaces",
    )
    .option(
      "-l, --selector <labels>",
      "serve only LmsTenants, Courses and RoleBindings with these labels (a shard, see docs/scale.md); default: all",
    )
    .option(
      "--kube-api-qps <number>",
      "requests to the API server per second at most; default: no limit of our own, its answers 429 are heeded",
      rate,
    )
    .option(
      "--lms-image <image>",
      "runtime image of tenants that name none",
      `provost/provost:${packageJson.version}`,
    )
    .option(
      "--site-url <template>",
      "address of a site for people; {scheme} and {hostname} are filled in",
      "{scheme}://{hostname}",
    )
    .option(
      "--resync <duration>",
      "look into every LMS for changes nobody declared this often (30s, 5m, 1h)",
      duration,
      5 * 60_000,
    )
    .option(
      "--finalizer-deadline <duration>",
      "how long a deleted Course or RoleBinding waits for an LMS that does not answer before it is let go",
      duration,
      60_000,
    )
    .option(
      "--health-port <port>",
      "serve /livez, /readyz and /metrics here; default 8080 in a cluster, else nowhere",
      port,
    )
    .option(
      "--leader-elect [boolean]",
      "only act while holding the Lease provost-operator; default: in a cluster",
      truth,
    )
    .option("--no-leader-elect", "act without a Lease: make sure that no other operator runs")
    .option("--log-level <level>", `one of ${LEVELS.join(", ")}`, level, "info")
    .addHelpText(
      "after",
      `
The CRDs must be installed first: kubectl apply -f crds/. What rights it needs is in deploy/rbac.yaml;
with --namespace, those of deploy/namespaced are enough.

Inside a cluster an LMS is reached by its Service. Outside, through the API server's service proxy; the admin port of
tenants is then open to the whole cluster (with its token), because no NetworkPolicy can name the API server. The right to
use that proxy is in deploy/outside/rbac.yaml.

It logs JSON lines to stdout. SIGTERM lets running work finish (10 s) and gives the Lease back. Exit codes: 0 stopped,
1 leadership lost or no cluster found, 2 wrong usage.

Examples:
  provost operator --kubeconfig ~/.kube/config --log-level debug
  provost operator --namespace schools --resync 1m --health-port 8080`,
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  if (!flags.siteUrl.includes("{hostname}"))
    throw new UsageError(
      `--site-url ${flags.siteUrl}: it must contain {hostname}, e.g. {scheme}://{hostname}:8443`,
    );
  const { createLog, runOperator } = await import("../../controller/main.ts");
  if (flags.selector !== undefined) await checkSelector(flags.selector);
  const log = createLog(flags.logLevel);
  const asked = new AbortController();
  const stop = (why: string): void => {
    if (asked.signal.aborted) return;
    log.info({ why }, "stopping");
    asked.abort();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
  // Started by another program that holds a channel to us: when it is gone, so are we.
  if (process.channel) process.on("disconnect", () => stop("the parent process has ended"));
  try {
    await runOperator(
      {
        ...(flags.kubeconfig !== undefined && { kubeconfig: flags.kubeconfig }),
        ...(flags.namespace !== undefined && { namespace: flags.namespace }),
        ...(flags.healthPort !== undefined && { healthPort: flags.healthPort }),
        ...(flags.leaderElect !== undefined && { leaderElection: flags.leaderElect }),
        ...(flags.selector !== undefined && { selector: flags.selector }),
        ...(flags.kubeApiQps !== undefined && { requestsPerSecond: flags.kubeApiQps }),
        lmsImage: flags.lmsImage,
        siteUrlTemplate: flags.siteUrl.replace(/\/$/, ""),
        resyncMs: flags.resync,
        finalizerDeadlineMs: flags.finalizerDeadline,
        log,
      },
      asked.signal,
    );
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  // An open channel or a forgotten socket must not keep a stopped operator alive.
  process.exit();
}

/** What the API server would refuse later is refused now. */
async function checkSelector(selector: string): Promise<void> {
  const { labelSelector } = await import("../../controller/engine/index.ts");
  try {
    labelSelector(selector);
  } catch (error) {
    throw new UsageError(`--selector ${selector}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (selector.trim() === "")
    throw new UsageError("--selector: it is empty; leave it out to serve everything");
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function duration(value: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,6})(s|m|h)$/.exec(value) ?? [];
  const ms = Number(amount) * (UNITS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError("It must be a whole number with s, m or h, such as 30s, 5m or 1h.");
}

function rate(value: string): number {
  const number = Number(value);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError("It must be a whole number from 1 to 65535.");
}

function truth(value: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw new InvalidArgumentError("It must be true or false.");
}

function level(value: string): string {
  if (LEVELS.includes(value)) return value;
  throw new InvalidArgumentError(`It must be one of ${LEVELS.join(", ")}.`);
}
