// A cluster as a test uses it: apply, look, wait for conditions, count the writes. Any cluster with a kubeconfig.
import { setTimeout as sleep } from "node:timers/promises";
import { GROUP, kinds, VERSION } from "../../api/index.ts";
import {
  type Client,
  ConfigMap,
  createClient,
  findCondition,
  type KubeObject,
  type Live,
  loadAccess,
  Namespace,
  PersistentVolumeClaim,
  type ResourceType,
  resourceType,
  Secret,
  Service,
  StatefulSet,
} from "../../controller/engine/index.ts";
import { Course, LmsTenant, RoleBinding } from "../../controller/kinds.ts";

/** How long anything may take to come true on a busy machine. */
const WITHIN_MS = 120_000;

const READS: ReadonlySet<string> = new Set(["GET", "LIST", "WATCH", "HEAD", "CONNECT"]);

/** The least a manifest of a test has. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export class TestCluster {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  /** Signs in with a kubeconfig as `kubectl` would, under a field manager of its own. */
  static async connect(kubeconfig: string): Promise<TestCluster> {
    return new TestCluster(
      createClient({ access: await loadAccess({ kubeconfig }), fieldManager: "kubectl" }),
    );
  }

  /** Applies manifests in the given order. */
  async apply(...manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) {
      const type = typeOf(manifest.kind);
      const metadata = type.namespaced ? { namespace: "default", ...manifest.metadata } : manifest.metadata;
      await this.client.apply(type, { ...manifest, metadata }, { force: true });
    }
  }

  /** Waits until a condition has a status (for the generation that stands now); returns the object. */
  async condition(
    kind: string,
    name: string,
    type: string,
    status: "True" | "False" = "True",
    where: { namespace?: string; reason?: string; within?: number } = {},
  ): Promise<Live<KubeObject & { status?: Status }>> {
    let last: Status | undefined;
    return this.until(
      `${kind} ${name} has ${type}=${status}${where.reason ? ` (${where.reason})` : ""}`,
      async () => {
        const object = await this.client.find(typeOf<KubeObject & { status?: Status }>(kind), {
          namespace: where.namespace ?? "default",
          name,
        });
        last = object?.status;
        const condition = findCondition(object?.status?.conditions ?? [], type);
        const current = (object?.status?.observedGeneration ?? 0) >= (object?.metadata.generation ?? 0);
        const fits =
          condition?.status === status && (where.reason === undefined || condition.reason === where.reason);
        return object !== undefined && current && fits ? object : undefined;
      },
      () => JSON.stringify(last?.conditions, undefined, 1),
      where.within,
    );
  }

  /** Waits until `look` finds something. */
  async until<T>(
    what: string,
    look: () => Promise<T | undefined>,
    last: () => string | undefined = () => undefined,
    within = WITHIN_MS,
  ): Promise<T> {
    const deadline = Date.now() + within;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline)
        throw new Error(`waited ${within / 1000} s in vain until ${what}; last: ${last() ?? "nothing"}`);
      await sleep(50);
    }
  }

  /** The value of a Secret's key. */
  async secret(namespace: string, name: string, key: string): Promise<string> {
    const secret = await this.client.get(Secret, { namespace, name });
    return Buffer.from(secret.data?.[key] ?? "", "base64").toString("utf8");
  }

  /** Password the operator made for a declared account. */
  async password(site: string, user: string, namespace = "default"): Promise<string> {
    const tenant = await this.client.get(LmsTenant, { namespace, name: site });
    const ref = tenant.status?.accounts?.find((account) => account.name === user)?.secretRef;
    if (!ref)
      throw new Error(`LmsTenant ${namespace}/${site} has no password for ${user} in status.accounts`);
    return this.secret(namespace, ref.name, ref.key);
  }

  /**
   * Write requests the sandbox's API server has answered so far, by resource (`courses.provost.dev`), without those
   * of the sandbox's own node and controllers, which do not come over HTTP.
   */
  async writes(): Promise<ReadonlyMap<string, number>> {
    const writes = new Map<string, number>();
    for (const { verb, resource, count } of await this.#requests())
      if (!READS.has(verb)) writes.set(resource, (writes.get(resource) ?? 0) + count);
    return writes;
  }

  /** How often the LMS has been asked something through the service proxy so far. */
  async proxied(): Promise<number> {
    const requests = await this.#requests();
    return requests.reduce((sum, { subresource, count }) => sum + (subresource === "proxy" ? count : 0), 0);
  }

  async #requests(): Promise<{ verb: string; resource: string; subresource: string; count: number }[]> {
    const metrics = (await this.client.raw("/metrics")).text();
    return [...metrics.matchAll(/^apiserver_request_total\{([^}]*)\} (\d+)/gm)].map(
      ([, labels = "", value = "0"]) => {
        const label = (name: string): string =>
          new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
        const resource = [label("resource"), label("group")].filter(Boolean).join(".");
        return { verb: label("verb"), resource, subresource: label("subresource"), count: Number(value) };
      },
    );
  }
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: {
    readonly type: string;
    readonly status: "True" | "False" | "Unknown";
    readonly reason: string;
    readonly message: string;
    readonly lastTransitionTime: string;
  }[];
}

const BUILT_IN = [ConfigMap, Namespace, PersistentVolumeClaim, Secret, Service, StatefulSet] as const;

/** The resource of a kind that tests declare. */
export function typeOf<T extends KubeObject = KubeObject>(kind: string): ResourceType<T> {
  const ours = kinds.find((one) => one.kind === kind);
  if (ours)
    return resourceType<T>({
      group: GROUP,
      version: VERSION,
      plural: ours.plural,
      kind,
      namespaced: ours.scope === "Namespaced",
    });
  const builtIn = BUILT_IN.find((one) => one.kind === kind);
  if (builtIn === undefined) throw new Error(`kind ${kind} is not known to the tests`);
  return builtIn as ResourceType as ResourceType<T>;
}

export { Course, LmsTenant, RoleBinding };
