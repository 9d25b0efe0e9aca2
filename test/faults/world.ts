// What all runs of a test file share: an API server, the LMS runtimes, and the clearing away of dead operators.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { customResourceDefinition } from "../../api/crd.ts";
import { kinds } from "../../api/index.ts";
import { CustomResourceDefinition } from "../../controller/engine/index.ts";
import { type ApiServer, startApiServer } from "../../sandbox/apiserver/index.ts";
import type { Cluster, ResourceRef } from "../../sandbox/cluster.ts";
import { TestCluster } from "../support/cluster.ts";
import { type History, watchAll } from "./history.ts";
import { inProcess, type Launch, type Launcher, type Running } from "./launch.ts";
import { discovered } from "./resources.ts";
import { Sites } from "./sites.ts";
import { Stage } from "./stage.ts";

const NAMESPACES = { group: "", version: "v1", resource: "namespaces" };

export class World {
  readonly api: ApiServer;
  /** As whoever writes the manifests. */
  readonly client: TestCluster;
  /** Every kind there is in a namespace. */
  readonly resources: readonly ResourceRef[];
  readonly sites = new Sites();
  readonly #launcher: Launcher;
  readonly #folder: string;
  readonly #stages = new Map<string, Stage>();
  readonly #histories = new Map<string, History>();
  readonly #ending = new Set<Promise<unknown>>();
  readonly #stopWatching: () => void;
  #runs = 0;

  private constructor(
    api: ApiServer,
    folder: string,
    client: TestCluster,
    resources: readonly ResourceRef[],
    launcher: Launcher,
  ) {
    this.api = api;
    this.resources = resources;
    this.#launcher = launcher;
    this.#folder = folder;
    this.client = client;
    this.#stopWatching = watchAll(api.cluster, resources, this.#histories);
    api.connectNode({
      podLog: async function* () {
        throw new Error("no pod of these runs writes a log");
      },
      podTarget: (namespace) => this.#stages.get(namespace)?.kubelet.pod(),
      serviceTarget: (namespace, service) => this.#stages.get(namespace)?.kubelet.target(service),
    });
  }

  static async start(launcher: Launcher = inProcess): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "provost-faults-"));
    const api = await startApiServer({ dataDir: join(folder, "api"), log: pino({ level: "silent" }) });
    const client = await TestCluster.connect(api.kubeconfigPath);
    for (const kind of kinds) {
      const crd = customResourceDefinition(kind) as unknown as CustomResourceDefinition;
      await client.client.apply(CustomResourceDefinition, crd);
    }
    return new World(api, folder, client, await discovered(client.client), launcher);
  }

  get cluster(): Cluster {
    return this.api.cluster;
  }

  /** A fresh stage. All their names have the same length, so that nothing differs between runs but the name. */
  stage(): Stage {
    const namespace = `stage-${String(++this.#runs).padStart(5, "0")}`;
    this.cluster.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    const stage = new Stage(this, namespace);
    this.#stages.set(namespace, stage);
    this.#histories.set(namespace, stage.history);
    return stage;
  }

  /** Forgets a stage that was closed; its namespace is emptied in the background. */
  remove({ namespace }: Stage): void {
    this.#stages.delete(namespace);
    this.#histories.delete(namespace);
    this.cluster.delete(NAMESPACES, undefined, namespace);
  }

  launch(launch: Launch): Running {
    return this.#launcher(launch);
  }

  /** Ends a dead operator: a process at once; what lives in this process clears itself away in the background. */
  async end(operator: Running): Promise<void> {
    const ended = operator.end();
    if (this.#launcher !== inProcess) await ended;
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#stages.values()].map((stage) => stage.close()));
    await Promise.all(this.#ending);
    this.#stopWatching();
    await this.sites.stop();
    await this.api.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
