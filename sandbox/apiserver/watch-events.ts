// Which events a watch with a selector sees: an object that begins to match appears, one that ceases to match
// disappears, whatever happened to it in the store.
import type { KubeObject } from "../cluster.ts";
import type { StoreEvent } from "../store/collection.ts";
import { deepFreeze } from "../store/encoding.ts";
import type { Selection } from "./list.ts";
import type { ApiResource } from "./resources.ts";
import { asServed } from "./versions.ts";

export interface SeenEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

const departed = new WeakMap<StoreEvent, KubeObject>();

/** The last matching state under the revision of the change that ended it. Made once for all watches. */
const departure = (event: StoreEvent, previous: KubeObject): KubeObject => {
  let object = departed.get(event);
  if (object === undefined) {
    const metadata = { ...previous.metadata, resourceVersion: String(event.revision) };
    departed.set(event, (object = deepFreeze({ ...previous, metadata })));
  }
  return object;
};

/** The event as a watch of this selection sees it; undefined when it concerns others only. */
export const seen = (event: StoreEvent, res: ApiResource, selection: Selection): SeenEvent | undefined => {
  if (selection.namespace !== undefined && event.object.metadata.namespace !== selection.namespace)
    return undefined;
  const { type } = event;
  const object = asServed(event.object, res);
  const { matches } = selection;
  if (matches === undefined) return { type, object };
  const before = event.previous && asServed(event.previous, res);
  const did = before !== undefined && matches(before);
  const does = type !== "DELETED" && matches(object);
  if (does) return { type: did ? "MODIFIED" : "ADDED", object };
  if (!did) return undefined;
  return {
    type: "DELETED",
    object: type === "DELETED" ? object : asServed(departure(event, event.previous as KubeObject), res),
  };
};
