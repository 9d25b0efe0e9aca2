// The API for what runs in the same process: the same verbs as over HTTP, as plain calls.
import type { Cluster, KubeObject, ResourceRef, WatchEvent } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import type { StoreEvent } from "../store/collection.ts";
import { find, must, systemManner, type Core } from "./core.ts";
import { createObject } from "./create.ts";
import { deleteObject } from "./delete.ts";
import type { ApiResource } from "./resources.ts";
import { labelMatcher } from "./selectors.ts";
import { noSuchResource } from "./status.ts";
import { updateObject } from "./update.ts";
import { asServed } from "./versions.ts";

const defaultManager = "sandbox";

const resourceOf = (core: Core, ref: ResourceRef): ApiResource => {
  const res = core.registry.find(ref.group, ref.version, ref.resource);
  if (res === undefined) throw noSuchResource();
  return res;
};

/** A copy for the verbs, which take their input over and change it. */
const copied = (object: KubeObject): JsonObject => structuredClone(object) as unknown as JsonObject;

const watch = (core: Core, res: ApiResource, handler: (event: WatchEvent) => void): (() => void) => {
  const waiting: StoreEvent[] = [];
  let scheduled = false;
  let stopped = false;
  const hand = (type: WatchEvent["type"], object: KubeObject): void => {
    try {
      handler({ type, object: asServed(object, res) });
    } catch (error) {
      core.log(`a watch of ${res.storage} failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  };
  const deliver = (): void => {
    scheduled = false;
    // What a handler writes arrives in `waiting` behind what is there, and is taken in turn.
    for (let event = waiting.shift(); event !== undefined && !stopped; event = waiting.shift())
      hand(event.type, event.object);
  };
  const existing = [...core.store.collection(res.storage).entries()];
  const unsubscribe = core.store.subscribe(res.storage, (event) => {
    waiting.push(event);
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(deliver);
  });
  for (const [, object] of existing) hand("ADDED", object);
  return () => {
    stopped = true;
    unsubscribe();
  };
};

/** The in-process API over the same store, rules and admission as HTTP. */
export const inProcess = (core: Core): Cluster => ({
  get: (ref, namespace, name) => find(core, resourceOf(core, ref), namespace, name),
  list(ref, { namespace, labelSelector } = {}) {
    const res = resourceOf(core, ref);
    const matches = labelMatcher(labelSelector);
    const within = res.namespaced ? namespace : undefined;
    return [...core.store.collection(res.storage).entries(within)]
      .map(([, object]) => asServed(object, res))
      .filter((object) => matches?.(object) ?? true);
  },
  watch: (ref, handler) => watch(core, resourceOf(core, ref), handler),
  create: (ref, object, { fieldManager = defaultManager } = {}) =>
    createObject(
      core,
      resourceOf(core, ref),
      object.metadata.namespace,
      copied(object),
      systemManner(fieldManager),
    ),
  update(ref, object, { fieldManager = defaultManager } = {}) {
    const { namespace, name } = object.metadata;
    const res = resourceOf(core, ref);
    return updateObject(core, res, namespace, name, copied(object), systemManner(fieldManager));
  },
  updateStatus(ref, object, { fieldManager = defaultManager } = {}) {
    const { namespace, name } = object.metadata;
    const manner = systemManner(fieldManager);
    return updateObject(core, resourceOf(core, ref), namespace, name, copied(object), manner, {
      subresource: "status",
    });
  },
  delete(ref, namespace, name, options = {}) {
    const res = resourceOf(core, ref);
    must(core, res, namespace, name);
    deleteObject(core, res, namespace, name, options);
  },
});
