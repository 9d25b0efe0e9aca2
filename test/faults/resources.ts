// The resources a run looks at: all that the API server has in a namespace, and by name those that scenarios speak of.
import { GROUP, kinds, VERSION } from "../../api/index.ts";
import type { Client } from "../../controller/engine/index.ts";
import type { Cluster, KubeObject, ResourceRef } from "../../sandbox/cluster.ts";

const of = (group: string, version: string, ...names: readonly string[]): ResourceRef[] =>
  names.map((resource) => ({ group, version, resource }));

/** What scenarios name: the kinds of provost.dev, what they are made from, what is made of them. */
export const NAMED: readonly ResourceRef[] = [
  ...of(GROUP, VERSION, ...kinds.map(({ plural }) => plural)),
  ...of("", "v1", "secrets", "configmaps", "persistentvolumeclaims", "pods", "services", "serviceaccounts"),
  ...of("batch", "v1", "jobs"),
  ...of("apps", "v1", "deployments", "statefulsets"),
  ...of("networking.k8s.io", "v1", "ingresses", "networkpolicies"),
];

/** Events tell stories, and the story of a disturbed run is another one. */
const NOT_COMPARED: ReadonlySet<string> = new Set(["events"]);

interface ApiResources {
  readonly groupVersion: string;
  readonly resources: readonly {
    readonly name: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

/** Every kind that the API server holds in namespaces. */
export async function discovered(client: Client): Promise<ResourceRef[]> {
  const read = async <T>(path: string): Promise<T> => (await client.raw(path)).json<T>();
  const { groups } = await read<{ groups: { preferredVersion: { groupVersion: string } }[] }>("/apis");
  const versions = groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`);
  const lists = await Promise.all(["/api/v1", ...versions].map((path) => read<ApiResources>(path)));
  return lists.flatMap(({ groupVersion, resources }) => {
    const [version = "", group = ""] = groupVersion.split("/").reverse();
    const held = resources.filter(
      ({ name, namespaced, verbs }) => namespaced && verbs.includes("watch") && !NOT_COMPARED.has(name),
    );
    return of(group, version, ...held.map(({ name }) => name));
  });
}

/** The resource of this plural name. */
export function resourceNamed(plural: string): ResourceRef {
  const found = NAMED.find(({ resource }) => resource === plural);
  if (!found) throw new Error(`no run looks at ${plural}; add it to NAMED`);
  return found;
}

/** An object as it is now. */
export function find(
  cluster: Cluster,
  plural: string,
  namespace: string,
  name: string,
): KubeObject | undefined {
  return cluster.get(resourceNamed(plural), namespace, name);
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

export function condition(object: KubeObject | undefined, type: string): Condition | undefined {
  const status = object?.status as { conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.find((one) => one.type === type);
}

/** Ready, for the generation that stands now. */
export function isReady(object: KubeObject | undefined): boolean {
  const status = object?.status as { observedGeneration?: number } | undefined;
  return (
    condition(object, "Ready")?.status === "True" &&
    status?.observedGeneration === object?.metadata.generation
  );
}
