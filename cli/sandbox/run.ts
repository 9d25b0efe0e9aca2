// The sandbox command from start to Ctrl-C: cluster, CRDs, operator, manifests, progress, summary, watching, stop.
import { mkdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pino } from "pino";
import { parse } from "yaml";
import { API_VERSION, kinds } from "../../api/index.ts";
import { customResourceDefinition } from "../../api/crd.ts";
import { type Sandbox, startSandbox } from "../../sandbox/index.ts";
import { UsageError } from "../usage-error.ts";
import { Applier } from "./apply.ts";
import { lmsImage, LMS_IMAGE_NAME } from "./image.ts";
import { type ManifestObject, manifestFiles, readManifests } from "./manifests.ts";
import { OperatorProcess } from "./operator-process.ts";
import { Progress, type ProgressStyle } from "./progress.ts";
import { objectId, type ObjectState, watchStates } from "./readiness.ts";
import { sitesAnswer } from "./site-answers.ts";
import { readyEvent, siteSummaries, summaryText } from "./summary.ts";
import { watchFiles } from "./watch-files.ts";

export interface SandboxOptions {
  readonly filename: readonly string[];
  readonly data: string;
  readonly port?: number;
  readonly apiPort?: number;
  readonly output: string;
  readonly operator: boolean;
}

/** Runs until SIGINT or SIGTERM, then stops everything it started. */
export async function runSandbox(options: SandboxOptions): Promise<void> {
  if (options.output !== "text" && options.output !== "json")
    throw new UsageError(`--output ${options.output}: it must be text or json`);
  await manifestFiles(options.filename);
  const stopping = new AbortController();
  const interrupted = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => {
        stopping.abort();
        done();
      });
  });
  const style: ProgressStyle =
    options.output === "json" ? "silent" : process.stderr.isTTY ? "terminal" : "lines";
  const progress = new Progress(style);
  const dataDir = resolve(options.data);
  const logs = join(dataDir, "logs");
  await mkdir(logs, { recursive: true, mode: 0o755 });

  progress.note(`starting a cluster in ${show(dataDir)}`);
  const sandbox = await startSandbox({
    dataDir,
    ...(options.port === undefined ? {} : { gatewayPort: options.port }),
    ...(options.apiPort === undefined ? {} : { apiPort: options.apiPort }),
    images: [lmsImage()],
    log: pino({ level: "info" }, pino.destination({ dest: join(logs, "sandbox.log"), sync: false })),
  });
  const operator = new OperatorProcess({
    kubeconfigPath: sandbox.kubeconfigPath,
    args: ["--lms-image", LMS_IMAGE_NAME, "--site-url", sandbox.gatewayUrl("{hostname}")],
    logFile: join(logs, "operator.log"),
  });
  let stopStates: () => void = () => {};
  let stopFiles = (): Promise<void> => Promise.resolve();
  let applier: Applier | undefined;
  try {
    applier = new Applier(await serverOf(sandbox));
    await installCrds(applier);
    stopStates = watchStates(sandbox.cluster, (state, deleted) => progress.update(state, deleted));
    if (options.operator) operator.start();
    const wanted = await applyFiles(applier, options.filename, progress);
    let applying = Promise.resolve();
    const files = applier;
    stopFiles = watchFiles(options.filename, () => {
      applying = applying
        .then(async () => void (await applyFiles(files, options.filename, progress)))
        // A file may vanish between the listing and the reading; the next change is looked at all the same.
        .catch((error: unknown) => progress.note(`could not apply the change: ${String(error)}`));
    });
    if (options.operator) await Promise.race([everythingUp(sandbox, wanted, stopping.signal), interrupted]);
    if (options.output === "json" || options.operator) report(sandbox, options, progress);
    await interrupted;
  } finally {
    progress.note("stopping");
    await stopFiles();
    stopStates();
    await applier?.close();
    await operator.stop();
    await sandbox.stop();
  }
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
): Promise<Set<string>> {
  const accepted = new Set<string>();
  const files = await manifestFiles(paths).catch((error: unknown) => {
    progress.note(error instanceof Error ? error.message : String(error));
    return [];
  });
  const { manifests, unreadable } = await readManifests(files);
  for (const { file, message } of unreadable) progress.note(`refused ${file}: ${message}`);
  for (const { file, object } of manifests) {
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

/** Resolves when every wanted object is Ready and every site can be opened. */
async function everythingUp(
  sandbox: Sandbox,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  await allReady(sandbox, wanted);
  const sites = siteSummaries(sandbox.cluster, (hostname) => sandbox.gatewayUrl(hostname));
  const ours = sites.filter((site) => wanted.has(objectId("LmsTenant", site.namespace, site.name)));
  await sitesAnswer(
    ours.map((site) => site.url),
    signal,
  );
  await allReady(sandbox, wanted);
}

/** Resolves when every wanted object is Ready. */
async function allReady(sandbox: Sandbox, wanted: ReadonlySet<string>): Promise<void> {
  const waiting = new Set(wanted);
  if (waiting.size === 0) return;
  const { promise, resolve: done } = Promise.withResolvers<void>();
  const stop = watchStates(sandbox.cluster, (state: ObjectState) => {
    if (state.ready) waiting.delete(state.id);
    else if (wanted.has(state.id)) waiting.add(state.id);
    if (waiting.size === 0) done();
  });
  await promise;
  stop();
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
