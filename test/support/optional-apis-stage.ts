// A cluster whose API server learns and forgets kinds while the operator runs. The API server, the LMS and the operator are
// real; the test stands in for kubelets, and for the operators of others where it says so.
import {
  CoreEvent,
  Deployment,
  Ingress,
  isNotFound,
  type KubeObject,
  type Live,
  loadAccess,
  type ResourceType,
} from "../../controller/engine/index.ts";
import { Harness } from "../operator/harness.ts";
import type { TestCluster } from "./cluster.ts";
import { AUTOSCALING_STAND_IN, unserve } from "./foreign-crds.ts";
import { type RenamingProxy, renamingProxy } from "./renaming-proxy.ts";
import { startTenantOperator, type TenantOperator } from "./tenant-operator.ts";

/** "Within seconds", on a busy machine. */
const SOON_MS = 30_000;
const namespace = "default";

export class OptionalApisStage {
  readonly harness: Harness;
  readonly #proxy: RenamingProxy;
  operator: TenantOperator;

  private constructor(harness: Harness, proxy: RenamingProxy, operator: TenantOperator) {
    this.harness = harness;
    this.#proxy = proxy;
    this.operator = operator;
  }

  static async start(): Promise<OptionalApisStage> {
    const harness = await Harness.start();
    const access = await loadAccess({ kubeconfig: harness.kubeconfig });
    const proxy = await renamingProxy(access, { name: "autoscaling", stored: AUTOSCALING_STAND_IN });
    const stage = new OptionalApisStage(harness, proxy, undefined as never);
    await stage.restartOperator();
    return stage;
  }

  get cluster(): TestCluster {
    return this.harness.cluster;
  }

  async restartOperator(): Promise<void> {
    await (this.operator as TenantOperator | undefined)?.stop();
    this.operator = await startTenantOperator(this.#proxy.access, (_namespace, tenant) => {
      try {
        return this.harness.site(tenant).lms.adminPort;
      } catch {
        return undefined;
      }
    });
  }

  async stop(): Promise<void> {
    await this.operator.stop();
    await this.#proxy.close();
    await this.harness.stop();
  }

  /** Has the cluster serve a kind no more. The sandbox leaves the watches of such a kind open; others end them. */
  async unserve(kind: string): Promise<void> {
    await unserve(this.cluster, kind);
    this.#proxy.endWatches();
  }

  /** Also when its kind is not served. */
  find<T extends KubeObject>(type: ResourceType<T>, name: string): Promise<Live<T> | undefined> {
    return this.cluster.client.find(type, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** Resolves to the object when it is there and fits. */
  there<T extends KubeObject>(
    type: ResourceType<T>,
    name: string,
    fits: (object: Live<T>) => boolean = () => true,
  ): Promise<Live<T>> {
    let last: Live<T> | undefined;
    return this.cluster.until(
      `${type.kind} ${name} is as declared`,
      async () => {
        last = await this.find(type, name);
        return last && fits(last) ? last : undefined;
      },
      () => `${JSON.stringify(last)}\n${this.operator.log.slice(-15).join("")}`,
      SOON_MS,
    );
  }

  async gone(type: ResourceType, name: string): Promise<void> {
    await this.cluster.until(
      `${type.kind} ${name} is gone`,
      async () => ((await this.find(type, name)) ? undefined : true),
      () => this.operator.log.slice(-15).join(""),
      SOON_MS,
    );
  }

  /** Patches the status of an object, as the operator of its kind would. */
  async answer(type: ResourceType, name: string, status: object): Promise<void> {
    await this.cluster.client.mergePatch(type, { namespace, name }, { status }, { subresource: "status" });
  }

  /** The kubelets' part: all replicas that are asked for run. */
  async allReplicasRun(tenant: string): Promise<void> {
    const name = `${tenant}-lms`;
    const { spec, metadata } = await this.cluster.client.get(Deployment, { namespace, name });
    const n = spec?.replicas ?? 1;
    await this.answer(Deployment as unknown as ResourceType, name, {
      observedGeneration: metadata.generation,
      replicas: n,
      updatedReplicas: n,
      readyReplicas: n,
      availableReplicas: n,
    });
  }

  /** The condition MissingApis, and that it is all the tenant has to complain of. */
  async missing(tenant: string): Promise<string> {
    const { status } = await this.cluster.condition("LmsTenant", tenant, "MissingApis", "True", {
      reason: "ApiAbsent",
    });
    return status?.conditions?.find(({ type }) => type === "MissingApis")?.message ?? "";
  }

  async nothingMissing(tenant: string): Promise<void> {
    await this.cluster.until(`${tenant} misses nothing`, async () => {
      const { status } = await this.cluster.condition("LmsTenant", tenant, "Ready");
      return status?.conditions?.some(({ type }) => type === "MissingApis") ? undefined : true;
    });
  }

  /** Events about a tenant with a reason. */
  async events(tenant: string, reason: string): Promise<Live<CoreEvent>[]> {
    const { items } = await this.cluster.client.list(CoreEvent, { namespace });
    return items.filter((event) => event.involvedObject.name === tenant && event.reason === reason);
  }

  ingress(tenant: string): Promise<Live<Ingress> | undefined> {
    return this.find(Ingress, tenant);
  }
}
