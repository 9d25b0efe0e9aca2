// The sandbox's API server: the door of this folder. Wires store, verbs, chores and HTTP together.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { AdmissionHook, Cluster, NodeBackend } from "../cluster.ts";
import { Store } from "../store/store.ts";
import { Background } from "./background.ts";
import { registerBuiltins } from "./builtins.ts";
import type { Core, Log } from "./core.ts";
import { runCrdController } from "./crd-controller.ts";
import { serveCrds } from "./crds.ts";
import { runEventExpiry } from "./event-expiry.ts";
import { runCollector } from "./gc.ts";
import { inProcess } from "./in-process.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { listen } from "./listen.ts";
import { ServerMetrics } from "./metrics.ts";
import { makeNamespaces, runNamespaceController } from "./namespace-controller.ts";
import { OpenApi } from "./openapi.ts";
import { loadPki } from "./pki.ts";
import { ResourceRegistry } from "./resources.ts";
import type { Parts } from "./resource-handler.ts";
import { HttpServer } from "./server.ts";
import { Snapshots } from "./snapshots.ts";
import { OpenWatches } from "./watch.ts";

export { ApiError } from "./status.ts";

export interface ApiServerOptions {
  /** Holds everything the server keeps; made when absent. */
  readonly dataDir: string;
  /** Default: the port used before, else a free one. */
  readonly port?: number;
  readonly log: Logger;
}

/** A running API server. */
export interface ApiServer {
  /** In process, with the same admission and validation as over HTTP. */
  readonly cluster: Cluster;
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** `<dataDir>/kubeconfig`, readable by its owner only. */
  readonly kubeconfigPath: string;
  /** Gives logs and proxies their source; without it they answer 503. */
  connectNode(backend: NodeBackend): void;
  /** Called for every create and update from now on. */
  setAdmission(hook: AdmissionHook): void;
  /** Ends watches, lets requests finish, closes the store. */
  stop(): Promise<void>;
}

/** How long requests may take to finish when the server stops. */
const stopPatienceMs = 5_000;

const openStore = (folder: string): Store => {
  try {
    return new Store(folder);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("locked")) throw error;
    throw new Error(
      `the data folder ${folder} is in use by another sandbox; stop that one, or choose another data folder`,
      { cause: error },
    );
  }
};

/** Starts the chores that keep what is stored in order. Returns the function that stops them. */
const runChores = (core: Core, ca: string): (() => void) => {
  const background = new Background(core.log);
  const stops = [
    runCrdController(core, background),
    runCollector(core, background),
    runNamespaceController(core, background, ca),
    runEventExpiry(core),
  ];
  return () => {
    for (const stop of stops) stop();
    background.stop();
  };
};

/**
 * Starts an API server on loopback over HTTPS, with what `dataDir` holds.
 * @throws Error naming the remedy when the folder is in use or the port asked for is taken
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { dataDir, log: logger } = options;
  const log: Log = (message) => logger.warn(message);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const pki = await loadPki(join(dataDir, "pki"));
  const store = openStore(join(dataDir, "store"));
  const registry = new ResourceRegistry();
  registerBuiltins(registry);
  const core: Core = { store, registry, admission: undefined, log };
  makeNamespaces(core);
  const watches = new OpenWatches();
  const stopServingCrds = serveCrds(store, registry, (storage) => watches.endOf(storage));
  const stopChores = runChores(core, pki.ca);

  const snapshots = new Snapshots(store);
  const metrics = new ServerMetrics(
    () => watches.size,
    () => store.resources().map((resource) => [resource, store.collection(resource).size] as const),
  );
  const parts: Parts = { core, snapshots, watches, node: undefined };
  let stopping: Promise<void> | undefined;
  let port = 0;
  const http = new HttpServer(
    pki,
    parts,
    {
      core,
      openapi: new OpenApi(registry),
      metrics,
      address: () => `127.0.0.1:${port}`,
      ready: () => stopping === undefined,
    },
    log,
  );

  const stop = async (): Promise<void> => {
    watches.endAll();
    await http.stop(stopPatienceMs);
    stopChores();
    stopServingCrds();
    snapshots.clear();
    store.close();
  };

  try {
    port = await listen(http.server, options.port, join(dataDir, "port"), log);
  } catch (error) {
    stopChores();
    stopServingCrds();
    store.close();
    throw error;
  }
  const url = `https://127.0.0.1:${port}`;
  const kubeconfigPath = join(dataDir, "kubeconfig");
  writeKubeconfig(kubeconfigPath, { url, ca: pki.ca, token: pki.token });
  return {
    cluster: inProcess(core),
    url,
    port,
    token: pki.token,
    ca: pki.ca,
    kubeconfigPath,
    connectNode: (backend) => void (parts.node = backend),
    setAdmission: (hook) => void (core.admission = hook),
    stop: () => (stopping ??= stop()),
  };
}
