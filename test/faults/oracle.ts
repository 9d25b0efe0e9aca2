// Where a run has ended, in a form that is equal for any two runs that ended well: all objects of the namespace, all rows
// of the site, what was made and deleted on the way. Differences are told line by line.
import type { KubeObject } from "../../sandbox/cluster.ts";
import { type Stage, TENANT } from "./stage.ts";

/** The end of a run. */
export interface Outcome {
  readonly objects: Readonly<Record<string, unknown>>;
  readonly site: unknown;
  readonly documents: unknown;
  readonly created: Readonly<Record<string, number>>;
  readonly deleted: Readonly<Record<string, number>>;
}

/** What differs between two runs although both are right. */
const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID"],
  [/sha256:[0-9a-f]{64}/g, "DIGEST"],
  // The operator's note of what it declared, the owner's uid included.
  [/(?<="provost\/declared":")[0-9a-f]+/g, "HASH"],
  // The password of a scratch database.
  [/[0-9a-f]{48}/g, "PASSWORD"],
  // The id of a run where it leaves its traces, and the name of one that a schedule has made.
  [/(?<=(nightly|drill|back|copying|hill-\d{8}-\d{4})-)[0-9a-f]{8}/g, "ID"],
  [/(?<=hill-)\d{8}-\d{4}/g, "MINUTE"],
  [/(?<=hill-(update|final)-)[0-9a-f]{6}/g, "ID"],
  // One LMS serves one run after the other, and counts on.
  [/(?<="before":)\{[^}]*\}/g, "{}"],
  [/(?<=hill-(update|final)-ID(-verify|-undo|-final)?-)[0-9a-f]{8}/g, "ID"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME"],
];

export async function outcomeOf(stage: Stage): Promise<Outcome> {
  const { kubelet, history, namespace } = stage;
  const objects = Object.fromEntries(
    stage
      .everything()
      .map(({ resource, object }) => [`${resource}/${object.metadata.name}`, bare(resource, object)]),
  );
  const outcome = {
    objects,
    site: await kubelet.site?.content(),
    documents: kubelet.site === undefined ? undefined : await documents(stage),
    created: history.created,
    deleted: history.deleted,
  };
  let text = JSON.stringify(sorted(outcome)).replaceAll(namespace, "NAMESPACE");
  for (const [pattern, name] of CHANCE) text = text.replaceAll(pattern, name);
  return JSON.parse(text) as Outcome;
}

/** The same without how often pods were made and deleted. */
export function withoutPods({ created, deleted, ...outcome }: Outcome): Outcome {
  const others = (counts: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(counts).filter(([id]) => !id.startsWith("pods/")));
  return { ...outcome, created: others(created), deleted: others(deleted) };
}

/** For each document: whether the site holds what was applied, and whether status says what the site holds. */
async function documents(stage: Stage): Promise<Record<string, string>> {
  const digests = await stage.kubelet.site?.digests();
  const tenant = stage.find("lmstenants", TENANT)?.status as Record<string, unknown> | undefined;
  const statusOf = (plural: string, name: string): unknown =>
    (stage.find(plural, name)?.status as { digest?: string } | undefined)?.digest;
  const told = (
    state: { applied: string; expected: string; actual: string } | undefined,
    status: unknown,
  ): string =>
    `${state === undefined ? "absent" : state.actual === state.expected ? "in sync" : "changed"}, ` +
    `status ${status === undefined ? "says nothing" : status === state?.applied ? "is right" : "is WRONG"}`;
  return {
    site: told(digests?.site, tenant?.["siteDigest"]),
    directory: told(digests?.directory, tenant?.["directoryDigest"]),
    ...Object.fromEntries(
      Object.entries(digests?.courses ?? {}).map(([key, state]) => [
        `courses/${key}`,
        told(state, statusOf("courses", key)),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(digests?.bindings ?? {}).map(([key, state]) => [
        `bindings/${key}`,
        told(state, statusOf("rolebindings", key.split(".")[1] ?? "")),
      ]),
    ),
  };
}

function bare(resource: string, object: KubeObject): unknown {
  const { metadata, ...rest } = object;
  const {
    resourceVersion: _,
    generation: __,
    creationTimestamp: ___,
    managedFields = [],
    ...meta
  } = metadata;
  const { observedGeneration, ...status } = (rest.status ?? {}) as Record<string, unknown>;
  return {
    ...rest,
    ...(resource === "secrets" && { data: sizes(rest["data"]) }),
    status: {
      ...withoutGenerations(status),
      observesCurrent: observedGeneration === undefined || observedGeneration === metadata.generation,
    },
    metadata: {
      ...meta,
      managedFields: managedFields.map(({ time: _time, ...entry }) => JSON.stringify(sorted(entry))).sort(),
    },
  };
}

/** Generations count what happened on the way. Conditions are a map by type: their order means nothing. */
function withoutGenerations(status: Record<string, unknown>): Record<string, unknown> {
  const { conditions } = status;
  if (!Array.isArray(conditions)) return status;
  return {
    ...status,
    conditions: Object.fromEntries(
      conditions.map(({ observedGeneration: _, type, ...condition }: Record<string, unknown>) => [
        String(type),
        condition,
      ]),
    ),
  };
}

/** Generated values are random; how long they are is not. */
function sizes(data: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries((data ?? {}) as Record<string, string>).map(([key, value]) => [key, value.length]),
  );
}

/** The same value with the fields of every object in order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

const MOST_TOLD = 25;

/** What differs, as `path: expected -> found`. */
export function differences(expected: unknown, found: unknown, path = ""): string[] {
  if (typeof expected !== "object" || typeof found !== "object" || !expected || !found) {
    const [a, b] = [JSON.stringify(expected), JSON.stringify(found)];
    return a === b ? [] : [`${path}: ${short(a)} -> ${short(b)}`];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...keys]
    .flatMap((key) =>
      differences(
        (expected as Record<string, unknown>)[key],
        (found as Record<string, unknown>)[key],
        path === "" ? key : `${path} › ${key}`,
      ),
    )
    .slice(0, MOST_TOLD);
}

const short = (text = "(nothing)"): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
