// What a node does for the one tenant of a run: runs database and LMS, keeps the mounted token current, reports both.
//
// It reports a step only when the operator has told (in status) that it waits for it: so the undisturbed run always takes
// the same path, and requests can be numbered. A disturbed operator may never tell; then it goes on by itself.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LmsTenant } from "../../api/index.ts";
import type { Deployment, Live, Pod } from "../../controller/engine/index.ts";
import type { Cluster, KubeObject, ProxyTarget } from "../../sandbox/cluster.ts";
import { endJob } from "./job.ts";
import { condition, find, resourceNamed } from "./resources.ts";
import type { Site, Sites } from "./sites.ts";

const updateOf = (tenant: KubeObject | undefined) =>
  (tenant as unknown as LmsTenant | undefined)?.status?.update;

const LOOK_MS = 15;
const PATIENCE_MS = 1_500;

export class Kubelet {
  readonly #cluster: Cluster;
  readonly #sites: Sites;
  readonly #namespace: string;
  readonly #tenant: string;
  readonly #since = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #token = "";
  #site: Promise<Site> | undefined;
  #running: Site | undefined;

  constructor(cluster: Cluster, sites: Sites, namespace: string, tenant: string) {
    this.#cluster = cluster;
    this.#sites = sites;
    this.#namespace = namespace;
    this.#tenant = tenant;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** The site, once it has run; it stays when the tenant is deleted, as a volume would. */
  get site(): Site | undefined {
    return this.#running;
  }

  /** Where a Service leads: to the LMS while its Deployment says that pods are ready. */
  target(service: string): ProxyTarget | undefined {
    const pods = this.#find("deployments", `${this.#tenant}-lms`)?.status as
      { readyReplicas?: number } | undefined;
    if (service !== `${this.#tenant}-lms` || !pods?.readyReplicas) return undefined;
    return this.pod();
  }

  /** Where the one pod of the runtime leads, while it runs. */
  pod(): ProxyTarget | undefined {
    if (!this.#running) return undefined;
    return { host: "127.0.0.1", port: this.#running.lms.adminPort };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const site = await this.#site;
    if (site) await this.#sites.giveBack(site);
  }

  #look(): void {
    for (const job of this.#cluster.list(resourceNamed("jobs"), { namespace: this.#namespace }))
      this.#endJob(job);
    const tenant = this.#find("lmstenants", this.#tenant);
    const database = this.#find("statefulsets", `${this.#tenant}-db`);
    if (database && this.#mayReport(database, condition(tenant, "DatabaseReady")?.status === "False"))
      this.#report(database);
    const runtime = this.#find("deployments", `${this.#tenant}-lms`);
    if (!runtime) return;
    this.#mountToken();
    if (!this.#running) {
      this.#site ??= this.#sites.take();
      void this.#site.then((site) => (this.#running = site));
      return;
    }
    const waitedFor =
      condition(tenant, "Available")?.status === "False" ||
      condition(tenant, "Ready")?.reason === "RollingOut" ||
      ["RollingOut", "Stopping"].includes(updateOf(tenant)?.reason ?? "");
    if (!this.#mayReport(runtime, waitedFor)) return;
    this.#runPod(runtime);
    this.#report(runtime);
  }

  /** One pod stands for all replicas. It is replaced when its image is. */
  #runPod(runtime: KubeObject): void {
    const { replicas = 1, template } = (runtime as unknown as Deployment).spec ?? {};
    const image = template?.spec?.containers[0]?.image ?? "";
    const pods = resourceNamed("pods");
    const name = `${this.#tenant}-lms-0`;
    const old = this.#find("pods", name) as unknown as Live<Pod> | undefined;
    if (old && replicas > 0 && old.spec?.containers[0]?.image === image) return;
    if (old) this.#cluster.delete(pods, this.#namespace, name, { gracePeriodSeconds: 0 });
    if (replicas === 0) return;
    const { name: owner, uid = "" } = runtime.metadata;
    const pod = this.#cluster.create(pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name,
        namespace: this.#namespace,
        labels: { ...template?.metadata?.labels },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: owner, uid, controller: true }],
      },
      spec: { containers: [{ name: "lms", image }] },
    });
    this.#cluster.updateStatus(pods, {
      ...pod,
      status: {
        phase: "Running",
        podIP: "127.0.0.1",
        conditions: [{ type: "Ready", status: "True" }],
        containerStatuses: [{ name: "lms", image, imageID: "", ready: true, restartCount: 0 }],
      },
    });
  }

  /** A run is through as soon as the operator says that it waits for it. */
  #endJob(job: KubeObject): void {
    const { status = {}, metadata } = job as KubeObject & { status?: { conditions?: unknown } };
    const { kind = "", name: owner = "", uid = "" } = metadata.ownerReferences?.[0] ?? {};
    if (status.conditions !== undefined) return;
    const since = this.#since.get(uid) ?? performance.now();
    this.#since.set(uid, since);
    const object = this.#find(`${kind.toLowerCase()}s`, owner);
    const waitedFor =
      condition(object, "Ready")?.reason === "Running" ||
      ["Checking", "Migrating"].includes(updateOf(object)?.reason ?? "");
    if (!waitedFor && performance.now() - since < PATIENCE_MS) return;
    endJob(this.#cluster, job);
  }

  #mayReport(workload: KubeObject, waitedFor: boolean): boolean {
    const { uid = "", generation = 0 } = workload.metadata;
    const { observedGeneration } = (workload.status ?? {}) as { observedGeneration?: number };
    if (observedGeneration === generation) return false;
    const version = `${uid}/${generation}`;
    const since = this.#since.get(version) ?? performance.now();
    this.#since.set(version, since);
    return waitedFor || performance.now() - since > PATIENCE_MS;
  }

  #report(workload: KubeObject): void {
    const { replicas = 1 } = workload.spec as { replicas?: number };
    this.#cluster.updateStatus(
      resourceNamed(workload.kind === "Deployment" ? "deployments" : "statefulsets"),
      {
        ...workload,
        status: {
          observedGeneration: workload.metadata.generation,
          replicas,
          updatedReplicas: replicas,
          readyReplicas: replicas,
          availableReplicas: replicas,
        },
      },
    );
  }

  #mountToken(): void {
    const secret = this.#find("secrets", `${this.#tenant}-admin`) as
      { data?: { token?: string } } | undefined;
    const token = secret?.data?.token ?? "";
    if (token === this.#token || !this.#running) return;
    this.#token = token;
    writeFileSync(join(this.#running.tokenFolder, "token"), Buffer.from(token, "base64"));
  }

  #find(plural: string, name: string): KubeObject | undefined {
    return find(this.#cluster, plural, this.#namespace, name);
  }
}
