// What every controller of this folder is given, and the two shapes they all share.
import type { Cluster, KubeObject, ResourceRef, WatchEvent } from "../cluster.ts";
import type { EventRecorder } from "./events.ts";
import type { Log, Loop } from "./loop.ts";
import { controllerOf, keyOf } from "./meta.ts";

export interface ControllerContext {
  cluster: Cluster;
  /** Where volumes of persistent volume claims live. */
  volumesDir: string;
  log: Log;
  now(): number;
  recorder(component: string): EventRecorder;
}

/** Stops what a `start...` function started. */
export type Stop = () => void;

/** Queues each object of `res` itself. */
export const watchOwn = (cluster: Cluster, res: ResourceRef, loop: Loop): Stop =>
  cluster.watch(res, (event) => loop.add(keyOf(event.object)));

/** Queues the controlling owner (of `kind`) of each object of `res`. */
export const watchOwned = (cluster: Cluster, res: ResourceRef, kind: string, loop: Loop): Stop =>
  cluster.watch(res, (event) => {
    const owner = controllerOf(event.object);
    if (owner?.kind === kind) loop.add(`${event.object.metadata.namespace}/${owner.name}`);
  });

/** Hands each object of `res` to `keysOf` and queues the keys it names. */
export const watchMapped = (
  cluster: Cluster,
  res: ResourceRef,
  loop: Loop,
  keysOf: (object: KubeObject, type: WatchEvent["type"]) => Iterable<string>,
): Stop =>
  cluster.watch(res, (event) => {
    for (const key of keysOf(event.object, event.type)) loop.add(key);
  });

/** One stop for many. */
export const stopAll =
  (...stops: Stop[]): Stop =>
  () => {
    for (const stop of stops) stop();
  };
