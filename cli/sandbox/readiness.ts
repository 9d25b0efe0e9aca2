// What the sandbox command waits for: the Ready condition of every object it applied. Knows conditions, prints nothing.
import type { Cluster, KubeObject } from "../../sandbox/cluster.ts";
import { API_VERSION, GROUP, kinds, VERSION } from "../../api/index.ts";

/** The state of one declared object as a person would put it. */
export interface ObjectState {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly ready: boolean;
  readonly stalled: boolean;
  readonly reason: string;
  readonly message: string;
}

interface StatusView {
  observedGeneration?: number;
  conditions?: {
    type: string;
    status: string;
    reason: string;
    message: string;
    observedGeneration?: number;
  }[];
}

/** The state that an object's conditions tell; a status computed from an older generation does not count as ready. */
export function stateOf(object: KubeObject): ObjectState {
  const status = (object.status ?? {}) as StatusView;
  const find = (type: string) => status.conditions?.find((condition) => condition.type === type);
  const ready = find("Ready");
  const current = (status.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
  return {
    id: objectId(object.kind, object.metadata.namespace ?? "", object.metadata.name),
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    ready: current && ready?.status === "True",
    stalled: current && find("Stalled")?.status === "True",
    reason: ready?.reason ?? "Pending",
    message: ready?.message ?? "waiting for the operator",
  };
}

/** Names one object of the cluster: unique among the Provost kinds. */
export function objectId(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** Calls back with the state of every Provost object, now and at each change. Returns the function that stops it. */
export function watchStates(
  cluster: Cluster,
  onState: (state: ObjectState, deleted: boolean) => void,
): () => void {
  const stops = kinds.map((kind) =>
    cluster.watch({ group: GROUP, version: VERSION, resource: kind.plural }, (event) =>
      onState(
        stateOf({ ...event.object, apiVersion: API_VERSION, kind: kind.kind }),
        event.type === "DELETED",
      ),
    ),
  );
  return () => stops.forEach((stop) => stop());
}

/** Resolves when every object of these ids is Ready, or when `signal` aborts. */
export async function allReady(
  cluster: Cluster,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new Set(wanted);
  if (waiting.size === 0 || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  signal.addEventListener("abort", done, { once: true });
  const stop = watchStates(cluster, (state) => {
    if (state.ready) waiting.delete(state.id);
    else if (wanted.has(state.id)) waiting.add(state.id);
    if (waiting.size === 0) done();
  });
  try {
    await promise;
  } finally {
    stop();
    signal.removeEventListener("abort", done);
  }
}
