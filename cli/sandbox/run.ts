// The sandbox command from start to Ctrl-C: cluster, CRDs, operator, manifests, progress, summary, watching, stop.
import { mkdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pino } from "pino";
import { parse } from "yaml";
import { API_VERSION, kinds } from "../../api/index.ts";
import { customResourceDefinition } from "../../api/crd.ts";
import { kubeletBackoff, type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { UsageError } from "../usage-error.ts";
import { Applier } from "./apply.ts";
import { type Checkout, lmsImage, LMS_IMAGE_NAME } from "./image.ts";
import { type ManifestObject, manifestFiles, readManifests } from "./manifests.ts";
import { OperatorProcess } from "./operator-process.ts";
import { Progress, type ProgressStyle } from "./progress.ts";
import { allReady, objectId, watchStates } from "./readiness.ts";
import { sitesAnswer } from "./site-answers.ts";
import { Stopping } from "./stopping.ts";
import { readyEvent, siteSummaries, summaryText } from "./summary.ts";
import { watchFiles } from "./watch-files.ts";

export interface SandboxOptions {
  readonly filename: readonly string[];
  readonly data: string;
  readonly port?: number;
  readonly apiPort?: number;
  readonly output: string;
  /** Seconds; KubeletConfiguration has it as `crashLoopBackOff.maxContainerRestartPeriod`. */
  readonly maxContainerRestartPeriod?: number;
  readonly operator: boolean;
  readonly image: readonly Checkout[];
}

/** How long objects may be on their way before each one's reason is told, and told again in ever longer intervals. */
const REMIND_AFTER_MS = { text: 30_000, json: 120_000 };
const REMIND_AT_MOST_EVERY_MS = 300_000;

/** Runs until SIGINT, SIGTERM or SIGHUP, then stops everything it started. Returns the exit code. */
export async function runSandbox(options: SandboxOptions): Promise<number> {
  if (options.output !== "text" && options.output !== "json")
    throw new UsageError(`--output ${options.output}: it must be text or json`);
  await manifestFiles(options.filename);
  const style: ProgressStyle =
    options.output === "json" ? "silent" : process.stderr.isTTY ? "terminal" : "lines";
  const progress = new Progress(style);
  const started: { sandbox?: Sandbox; operator?: OperatorProcess } = {};
  const stopping = new Stopping({
    say: (text) => progress.warn(text),
    kill() {
      started.operator?.kill();
      started.sandbox?.kill();
    },
    exit: (code) => process.exit(code),
  });
  stopping.listen();
  try {
    return await runUntilStopped(options, progress, stopping, started);
  } finally {
    stopping.done();
  }
}

async function runUntilStopped(
  options: SandboxOptions,
  progress: Progress,
  stopping: Stopping,
  started: { sandbox?: Sandbox; operator?: OperatorProcess },
): Promise<number> {
  const dataDir = resolve(options.data);
  const logs = join(dataDir, "logs");
  await mkdir(logs, { recursive: true, mode: 0o755 });

  const { maxContainerRestartPeriod: longest } = options;
  const longestMs = longest === undefined ? kubeletBackoff.longestMs : longest * 1_000;
  progress.note(`starting a cluster in ${show(dataDir)}`);
  const sandbox = await stopping.during("the cluster to start", () =>
    startSandbox({
      dataDir,
      ...(options.port === undefined ? {} : { gatewayPort: options.port }),
      ...(options.apiPort === undefined ? {} : { apiPort: options.apiPort }),
      images: [lmsImage(), ...options.image.map(lmsImage)],
      backoff: { firstMs: Math.min(longestMs, kubeletBackoff.firstMs), longestMs },
      log: pino({ level: "info" }, pino.destination({ dest: join(logs, "sandbox.log"), sync: false })),
    }),
  );
  started.sandbox = sandbox;
  const operator = new OperatorProcess({
    kubeconfigPath: sandbox.kubeconfigPath,
    args: ["--lms-image", LMS_IMAGE_NAME, "--site-url", sandbox.gatewayUrl("{hostname}")],
    logFile: join(logs, "operator.log"),
    longestRestartDelayMs: longestMs,
  });
  started.operator = operator;
  let stopStates: () => void = () => {};
  let stopFiles = (): Promise<void> => Promise.resolve();
  let applier: Applier | undefined;
  let applying: Promise<unknown> = Promise.resolve();
  try {
    const files = (applier = new Applier(await serverOf(sandbox)));
    const work = async (): Promise<void> => {
      await installCrds(files);
      if (stopping.signal.aborted) return;
      stopStates = watchStates(sandbox.cluster, (state, deleted) => progress.update(state, deleted));
      if (options.operator) operator.start();
      const wanted = await applyFiles(files, options.filename, progress, stopping.signal);
      if (stopping.signal.aborted) return;
      const onChange = (): void => {
        applying = applying
          .then(() => applyFiles(files, options.filename, progress, stopping.signal))
          // A file may vanish between the listing and the reading; the next change is looked at all the same.
          .catch((error: unknown) => progress.note(`could not apply the change: ${String(error)}`));
      };
      stopFiles = watchFiles(options.filename, onChange, (error) =>
        progress.note(`changed files are not seen from here on: ${error.message}`),
      );
      if (options.operator) await everythingUp(sandbox, wanted, options, progress, stopping.signal);
      if (stopping.signal.aborted) return;
      if (options.output === "json" || options.operator) report(sandbox, options, progress);
    };
    const running = work();
    await Promise.race([running, stopping.requested()]);
    // Cut off by the stop, it may fail in any way; before, a failure ends the command.
    running.catch(() => undefined);
    await stopping.requested();
  } finally {
    stopping.begin();
    progress.note("stopping");
    await stopping.step("the watch of the files", () => stopFiles());
    await stopping.step("the watch of the objects", () => stopStates());
    await stopping.step("requests of our own", async () => {
      await applier?.close();
      await applying;
    });
    await stopping.step("the operator", () => operator.stop());
    await stopping.step("the cluster", (tell) => sandbox.stop(tell));
  }
  return stopping.failures.length > 0 ? 1 : 0;
}

async function serverOf(sandbox: Sandbox): Promise<{ url: string; ca: string; token: string }> {
  const kubeconfig = parse(await readFile(sandbox.kubeconfigPath, "utf8")) as {
    clusters: { cluster: { "certificate-authority-data": string } }[];
  };
  const ca = kubeconfig.clusters[0]?.cluster["certificate-authority-data"] ?? "";
  return { url: sandbox.apiUrl, ca: Buffer.from(ca, "base64").toString("utf8"), token: sandbox.token };
}

async function installCrds(applier: Applier): Promise<void> {
  for (const kind of kinds) {
    const applied = await applier.apply(customResourceDefinition(kind) as unknown as ManifestObject);
    if (!applied.ok) throw new Error(`the CRD of ${kind.kind} was refused: ${applied.message}`);
  }
}

/** Applies every manifest and says what was refused. Returns the ids of the Provost objects that were accepted. */
async function applyFiles(
  applier: Applier,
  paths: readonly string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Set<string>> {
  const accepted = new Set<string>();
  const files = await manifestFiles(paths).catch((error: unknown) => {
    progress.note(error instanceof Error ? error.message : String(error));
    return [];
  });
  const { manifests, unreadable } = await readManifests(files);
  for (const { file, message } of unreadable) progress.note(`refused ${file}: ${message}`);
  for (const { file, object } of manifests) {
    if (signal.aborted) break;
    const applied = await applier.apply(object);
    const what = `${object.kind} ${object.metadata.name}`;
    if (!applied.ok) progress.note(`refused ${what} (${file}): ${applied.message}`);
    else {
      if (applied.changed) progress.note(`applied ${what}`);
      // By group too: Kubernetes has a RoleBinding of its own.
      if (object.apiVersion === API_VERSION && kinds.some((kind) => kind.kind === object.kind))
        accepted.add(objectId(object.kind, applied.namespace ?? "", object.metadata.name));
    }
  }
  return accepted;
}

/** Resolves when every wanted object is Ready and every site can be opened, or when `signal` aborts. */
async function everythingUp(
  sandbox: Sandbox,
  wanted: ReadonlySet<string>,
  options: SandboxOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = options.output === "json" ? REMIND_AFTER_MS.json : REMIND_AFTER_MS.text;
  let timer: NodeJS.Timeout;
  const remind = (): void => {
    progress.remind(wanted);
    pauseMs = Math.min(REMIND_AT_MOST_EVERY_MS, pauseMs * 2);
    timer = setTimeout(remind, pauseMs);
  };
  timer = setTimeout(remind, pauseMs);
  try {
    await allReady(sandbox.cluster, wanted, signal);
    const sites = siteSummaries(sandbox.cluster, (hostname) => sandbox.gatewayUrl(hostname));
    const ours = sites.filter((site) => wanted.has(objectId("LmsTenant", site.namespace, site.name)));
    await sitesAnswer(
      ours.map((site) => site.url),
      signal,
    );
    await allReady(sandbox.cluster, wanted, signal);
  } finally {
    clearTimeout(timer);
  }
}

function report(sandbox: Sandbox, options: SandboxOptions, progress: Progress): void {
  const sites = siteSummaries(sandbox.cluster, (hostname) => sandbox.gatewayUrl(hostname));
  progress.close();
  if (options.output === "json")
    process.stdout.write(`${JSON.stringify(readyEvent(sandbox.cluster, sandbox.kubeconfigPath, sites))}\n`);
  else process.stdout.write(summaryText(show(sandbox.kubeconfigPath), sites, options.filename[0]));
}

/** A path as a person in this folder would type it. */
function show(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
