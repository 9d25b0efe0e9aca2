// Where the runs of a test file take place: one API server with the real workload controllers, one operator, a real LMS on a
// real PostgreSQL for each tenant, and the manifests of the base state, all of them Ready.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { customResourceDefinition } from "../../api/crd.ts";
import { kinds } from "../../api/index.ts";
import { CustomResourceDefinition, loadAccess, type Manager } from "../../controller/engine/index.ts";
import { createOperator } from "../../controller/main.ts";
import { type ApiServer, startApiServer } from "../../sandbox/apiserver/index.ts";
import type { Cluster, KubeObject } from "../../sandbox/cluster.ts";
import { resources } from "../../sandbox/workloads/objects.ts";
import { startWorkloads } from "../../sandbox/workloads/index.ts";
import { Site } from "../faults/sites.ts";
import { type Manifest, TestCluster } from "../support/cluster.ts";
import { admission } from "./admission.ts";
import { Activity } from "./activity.ts";
import { NAMESPACE, OPERATOR_IMAGE, type Resource, KNOWN_IMAGES } from "./manifests.ts";
import { startNode } from "./node.ts";
import { condition, isReady, reference, stateOf } from "./state.ts";

/** Anything may take so long on a busy machine; less than the 30 s after which the operator would look by itself. */
export const WITHIN_MS = 20_000;
const LOOK_MS = 8;

export class Stage {
  readonly cluster: Cluster;
  readonly activity: Activity;
  readonly #api: ApiServer;
  readonly #user: TestCluster;
  readonly #operator: Manager;
  readonly #sites: ReadonlyMap<string, Site>;
  readonly #log: string[];
  readonly #stops: readonly (() => unknown)[];
  #pokes = 0;

  private constructor(
    parts: Pick<Stage, "cluster" | "activity"> & {
      readonly api: ApiServer;
      readonly user: TestCluster;
      readonly operator: Manager;
      readonly sites: ReadonlyMap<string, Site>;
      readonly log: string[];
      readonly stops: readonly (() => unknown)[];
    },
  ) {
    this.cluster = parts.cluster;
    this.activity = parts.activity;
    this.#api = parts.api;
    this.#user = parts.user;
    this.#operator = parts.operator;
    this.#sites = parts.sites;
    this.#log = parts.log;
    this.#stops = parts.stops;
  }

  /** Starts everything; what is declared is Ready when this resolves. `surroundings` are Secrets and ConfigMaps. */
  static async start(surroundings: readonly Manifest[], declared: readonly Resource[]): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), "provost-acto-"));
    const api = await startApiServer({ dataDir: join(folder, "api"), log: pino({ level: "silent" }) });
    const { cluster } = api;
    api.setAdmission(admission);
    const user = await TestCluster.connect(api.kubeconfigPath);
    for (const kind of kinds) {
      const crd = customResourceDefinition(kind) as unknown as CustomResourceDefinition;
      await user.client.apply(CustomResourceDefinition, crd);
    }
    const tenants = declared.filter(({ kind }) => kind === "LmsTenant").map(({ metadata }) => metadata.name);
    const sites = new Map<string, Site>();
    for (const tenant of tenants) sites.set(tenant, await Site.start());
    const volumesDir = join(folder, "volumes");
    const stopControllers = startWorkloads({ cluster, volumesDir, log: () => undefined });
    const stopNode = startNode(cluster, KNOWN_IMAGES);
    const stopMounts = mountTokens(cluster, sites);
    api.connectNode({
      podLog: async function* () {
        throw new Error("no pod of these runs writes a log");
      },
      podTarget: () => undefined,
      serviceTarget: (_namespace, service) => target(cluster, sites, service),
    });
    const log: string[] = [];
    const operator = createOperator(await loadAccess({ kubeconfig: api.kubeconfigPath }), {
      lmsImage: OPERATOR_IMAGE,
      siteUrlTemplate: "{scheme}://{hostname}",
      resyncMs: 600_000,
      finalizerDeadlineMs: 60_000,
      log: pino({ level: "debug" }, { write: (line: string) => void log.push(line) }),
    });
    await operator.start();
    const activity = new Activity(cluster, operator);
    const stops = [
      stopMounts,
      stopNode,
      stopControllers,
      () => activity.stop(),
      () => rm(folder, { recursive: true, force: true }),
    ];
    const stage = new Stage({ cluster, activity, api, user, operator, sites, log, stops });
    await user.apply(...surroundings);
    await user.apply(...declared);
    if (!(await stage.until(() => stage.allReady(declared), 120_000))) {
      const told = stage.unready(declared).join("\n");
      await stage.stop();
      throw new Error(`the base state does not come true\n${told}\n${stage.log()}`);
    }
    await activity.quiet();
    return stage;
  }

  /** As `kubectl apply --server-side` would; rejects when the API server refuses. */
  apply(...manifests: readonly Manifest[]): Promise<void> {
    return this.#user.apply(...manifests);
  }

  find(kind: string, name: string): KubeObject | undefined {
    return this.cluster.get(reference(kind), NAMESPACE, name);
  }

  delete(kind: string, name: string): void {
    this.cluster.delete(reference(kind), NAMESPACE, name);
  }

  allReady(declared: readonly Resource[]): boolean {
    return this.unready(declared).length === 0;
  }

  /** What is not Ready, with what it says. */
  unready(declared: readonly Resource[]): string[] {
    return declared.flatMap(({ kind, metadata }) => {
      const object = this.find(kind, metadata.name);
      if (isReady(object)) return [];
      const { status, reason, message } = condition(object, "Ready") ?? {};
      return [`${kind} ${metadata.name}: Ready=${status ?? "?"} ${reason ?? ""}: ${message ?? ""}`];
    });
  }

  /** Waits until `look` holds; false when it never does. */
  async until(look: () => boolean, withinMs = WITHIN_MS): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!look()) {
      if (performance.now() > deadline) return false;
      await sleep(LOOK_MS);
    }
    return true;
  }

  /** Everything there is, in a form that is equal for equal states. */
  state(): Promise<Readonly<Record<string, unknown>>> {
    return stateOf(this.cluster, this.#sites);
  }

  /** Makes the operator look at an object again without changing anything it reads. */
  async poke({ kind, metadata }: Resource): Promise<void> {
    const object = this.find(kind, metadata.name);
    if (!object) return;
    const annotations = { ...object.metadata.annotations, "acto.test/poke": String(++this.#pokes) };
    this.cluster.update(
      reference(kind),
      { ...object, metadata: { ...object.metadata, annotations } },
      { fieldManager: "poker" },
    );
    await this.activity.quiet();
  }

  /** What visitors find wrong: pages that do not open. */
  async serves(): Promise<string[]> {
    const faults: string[] = [];
    for (const [tenant, { lms }] of this.#sites) {
      for (const path of ["/", "/courses/basics"]) {
        const { status } = await fetch(`http://127.0.0.1:${lms.httpPort}${path}`);
        if (status >= 500) faults.push(`${path} of ${tenant} answers ${status}`);
      }
    }
    return faults;
  }

  /** What the operator has logged since the last call. */
  log(): string {
    return this.#log.splice(0).join("");
  }

  async stop(): Promise<void> {
    await this.#operator.stop();
    for (const site of this.#sites.values()) await site.stop();
    await this.#api.stop();
    for (const stop of this.#stops) await stop();
  }
}

/** Where a Service leads: to the LMS while its Deployment says that pods are ready. */
function target(cluster: Cluster, sites: ReadonlyMap<string, Site>, service: string) {
  const tenant = service.replace(/-lms$/, "");
  const site = sites.get(tenant);
  const deployment = cluster.get(resources.deployments, NAMESPACE, service);
  const { readyReplicas = 0 } = (deployment?.status ?? {}) as { readyReplicas?: number };
  if (site === undefined || readyReplicas === 0) return undefined;
  return { host: "127.0.0.1", port: site.lms.adminPort };
}

/** Keeps the token that each LMS reads what its Secret says. */
function mountTokens(cluster: Cluster, sites: ReadonlyMap<string, Site>): () => void {
  return cluster.watch(resources.secrets, ({ object }) => {
    const site = sites.get(object.metadata.name.replace(/-admin$/, ""));
    const token = (object["data"] as { token?: string } | undefined)?.token;
    if (site === undefined || token === undefined || !object.metadata.name.endsWith("-admin")) return;
    void writeFile(join(site.tokenFolder, "token"), Buffer.from(token, "base64"));
  });
}
