// Everything there is, in a form that is equal for any two equal states: the objects in the API server, the rows of each
// site and the digests of its documents.
import { GROUP, kinds, VERSION } from "../../api/index.ts";
import type { Cluster, KubeObject, ResourceRef } from "../../sandbox/cluster.ts";
import { resources } from "../../sandbox/workloads/objects.ts";
import { sorted } from "../faults/oracle.ts";
import type { Site } from "../faults/sites.ts";

const OURS: readonly ResourceRef[] = kinds.map(({ plural }) => ({
  group: GROUP,
  version: VERSION,
  resource: plural,
}));

/** Kinds that a state consists of. */
const COMPARED: readonly ResourceRef[] = [
  ...OURS,
  resources.secrets,
  resources.configMaps,
  resources.persistentVolumeClaims,
  resources.services,
  { group: "", version: "v1", resource: "serviceaccounts" },
  resources.deployments,
  resources.statefulSets,
  resources.ingresses,
  { group: "networking.k8s.io", version: "v1", resource: "networkpolicies" },
];

/** Kinds whose changes mean that something is still going on. */
export const WATCHED: readonly ResourceRef[] = [...COMPARED, resources.pods, resources.replicaSets];

/** Rows that stay by design: attempts hang on former revisions, and housekeeping removes files nobody names. */
const KEPT_ROWS = ["quiz_revision", "blob"];

/** The resource of one of our kinds. */
export function reference(kind: string): ResourceRef {
  const { plural } = kinds.find((one) => one.kind === kind) ?? {};
  if (plural === undefined) throw new Error(`${kind} is no kind of ${GROUP}`);
  return { group: GROUP, version: VERSION, resource: plural };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

interface Status {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly accounts?: readonly { readonly name: string }[];
}

export function condition(object: KubeObject | undefined, type: string): Condition | undefined {
  return (object?.status as Status | undefined)?.conditions?.find((one) => one.type === type);
}

/** Whether status speaks of the spec that stands now. */
export function isObserved(object: KubeObject | undefined): boolean {
  const { observedGeneration } = (object?.status ?? {}) as Status;
  const { generation } = object?.metadata ?? {};
  return observedGeneration === generation && condition(object, "Ready")?.observedGeneration === generation;
}

/** Ready, for the generation that stands now. */
export function isReady(object: KubeObject | undefined): boolean {
  return object !== undefined && isObserved(object) && condition(object, "Ready")?.status === "True";
}

export async function stateOf(
  cluster: Cluster,
  sites: ReadonlyMap<string, Site>,
): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const ref of COMPARED)
    for (const object of cluster.list(ref))
      state[`${ref.resource}/${object.metadata.name}`] = bare(cluster, ref, object);
  for (const [tenant, site] of sites) {
    const rows = await site.content();
    state[`site ${tenant}: digests`] = await site.digests();
    for (const [table, content] of Object.entries(rows))
      if (!KEPT_ROWS.includes(table)) state[`site ${tenant}: ${table}`] = content;
  }
  return state;
}

/** Without what counts or dates what happened on the way. */
function bare(cluster: Cluster, { resource }: ResourceRef, object: KubeObject): unknown {
  const { metadata, status = {}, ...rest } = object;
  const { resourceVersion: _, generation, managedFields = [], annotations, labels, ...named } = metadata;
  const { ownerReferences = [], ...meta } = named;
  return {
    ...rest,
    ...(resource === "secrets" && { data: valuesOf(cluster, object) }),
    metadata: {
      ...meta,
      // Nothing at all and an empty map are the same.
      ownerReferences,
      labels: { ...labels },
      annotations: withoutCounters(annotations),
      // Secrets are made and patched, never applied: who owns which field decides nothing.
      managedFields: resource === "secrets" ? [] : managersOf(managedFields),
    },
    status: bareStatus(status as Status & Record<string, unknown>, generation),
  };
}

const COUNTERS = ["acto.test/poke", "deployment.kubernetes.io/revision"];

function withoutCounters(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !COUNTERS.includes(name)));
}

function managersOf(entries: NonNullable<KubeObject["metadata"]["managedFields"]>): string[] {
  return entries
    .filter(({ manager }) => manager !== "poker")
    .map(({ manager, operation, subresource, fieldsV1 }) =>
      JSON.stringify([manager, operation, subresource, sorted(fieldsV1)]),
    )
    .sort();
}

/** How the generations stand to each other matters; how many there were does not. */
function bareStatus(status: Status & Record<string, unknown>, generation: number | undefined): unknown {
  const { observedGeneration, conditions = [], collisionCount: _, ...rest } = status;
  return {
    ...rest,
    observed: observedGeneration === undefined || observedGeneration === generation,
    conditions: conditions.map(({ type, status: holds, reason, message }) => ({
      type,
      status: holds,
      // Which ReplicaSet a Deployment speaks of tells which rollout came last.
      ...(type !== "Progressing" && { reason, message }),
    })),
  };
}

/**
 * The operator keeps first passwords of accounts that are declared no more: who is declared again has the password they
 * know (ADR 5). They are no part of the state.
 */
function valuesOf(cluster: Cluster, secret: KubeObject): Record<string, string> {
  const data = (secret["data"] ?? {}) as Record<string, string>;
  const { name, namespace } = secret.metadata;
  if (!name.endsWith("-accounts")) return data;
  const tenant = cluster.get(reference("LmsTenant"), namespace, name.replace(/-accounts$/, ""));
  const { accounts = [] } = (tenant?.status ?? {}) as Status;
  const current = new Set(accounts.map((account) => account.name));
  return Object.fromEntries(Object.entries(data).filter(([key]) => key.startsWith(".") || current.has(key)));
}
