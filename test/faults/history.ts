// What happened in the cluster during a run, as the API server tells it: what was made and deleted how often, and whether a
// value in a Secret changed. The end alone would not show an object that was deleted and made anew.
import type { Cluster, KubeObject, ResourceRef } from "../../sandbox/cluster.ts";

export class History {
  /** Objects by `secrets/hill-admin`, with how often they were made. */
  created: Record<string, number> = {};
  deleted: Record<string, number> = {};
  /** Values of Secrets that were changed or removed while the Secret stood. */
  readonly lostValues: string[] = [];
  readonly #values = new Map<string, Readonly<Record<string, string>>>();

  /** Counts anew; what Secrets held before is still held against them. */
  mark(): void {
    this.created = {};
    this.deleted = {};
  }

  saw(type: string, resource: string, object: KubeObject): void {
    const id = `${resource}/${object.metadata.name}`;
    if (type === "ADDED") this.created[id] = (this.created[id] ?? 0) + 1;
    if (type === "DELETED") this.deleted[id] = (this.deleted[id] ?? 0) + 1;
    if (resource === "secrets") this.#compare(id, object);
  }

  #compare(id: string, object: KubeObject): void {
    const standing = `${id}@${object.metadata.uid ?? ""}`;
    const now = (object["data"] ?? {}) as Record<string, string>;
    for (const [key, value] of Object.entries(this.#values.get(standing) ?? {}))
      if (now[key] !== value) this.lostValues.push(`${id}: ${key}`);
    this.#values.set(standing, now);
  }
}

/** Hands what happens in each namespace to the history of its run. Returns the function that stops it. */
export function watchAll(
  cluster: Cluster,
  resources: readonly ResourceRef[],
  histories: ReadonlyMap<string, History>,
): () => void {
  const stops = resources.map((ref) =>
    cluster.watch(ref, ({ type, object }) =>
      histories.get(object.metadata.namespace ?? "")?.saw(type, ref.resource, object),
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
