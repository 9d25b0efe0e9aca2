// A small in-memory Cluster for tests: revisions, watches, finalizers, owner garbage collection; no validation.
import { randomUUID } from "node:crypto";
import { ApiError } from "../apiserver/status.ts";
import type { AdmissionHook, Cluster, KubeObject, ResourceRef, WatchEvent } from "../cluster.ts";
import { canonical, selects, timestamp } from "./meta.ts";

const keyFor = (res: ResourceRef, namespace: string | undefined, name: string): string =>
  `${res.group}/${res.resource}/${namespace ?? ""}/${name}`;

export function memoryCluster(admission: AdmissionHook = () => undefined): Cluster {
  const store = new Map<string, { res: ResourceRef; object: KubeObject }>();
  const watchers = new Set<{ res: ResourceRef; handler: (event: WatchEvent) => void }>();
  let revision = 0;

  const notify = (res: ResourceRef, event: WatchEvent): void => {
    for (const watcher of watchers) {
      if (watcher.res.resource !== res.resource || watcher.res.group !== res.group) continue;
      queueMicrotask(() => {
        if (watchers.has(watcher)) watcher.handler(event);
      });
    }
  };

  const put = (res: ResourceRef, object: KubeObject, type: "ADDED" | "MODIFIED"): KubeObject => {
    revision += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    store.set(keyFor(res, object.metadata.namespace, object.metadata.name), { res, object: stored });
    notify(res, { type, object: stored });
    return stored;
  };

  const drop = (res: ResourceRef, object: KubeObject): void => {
    store.delete(keyFor(res, object.metadata.namespace, object.metadata.name));
    notify(res, { type: "DELETED", object });
    for (const { res: childRes, object: child } of [...store.values()]) {
      if (child.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid)) {
        remove(childRes, child, undefined);
      }
    }
  };

  const remove = (res: ResourceRef, object: KubeObject, grace: number | undefined): void => {
    const waits = (object.metadata.finalizers?.length ?? 0) > 0 || (res.resource === "pods" && grace !== 0);
    if (!waits) return drop(res, object);
    if (object.metadata.deletionTimestamp !== undefined) return;
    const spec = object.spec as { terminationGracePeriodSeconds?: number } | undefined;
    const deletionGracePeriodSeconds = grace ?? spec?.terminationGracePeriodSeconds ?? 30;
    const metadata = {
      ...object.metadata,
      deletionTimestamp: timestamp(Date.now()),
      deletionGracePeriodSeconds,
    };
    put(res, { ...object, metadata }, "MODIFIED");
  };

  const live = (res: ResourceRef, namespace: string | undefined, name: string): KubeObject => {
    const found = store.get(keyFor(res, namespace, name));
    if (found === undefined) throw new ApiError(404, "NotFound", `${res.resource} "${name}" not found`);
    return found.object;
  };

  const write = (res: ResourceRef, next: KubeObject): KubeObject => {
    const before = live(res, next.metadata.namespace, next.metadata.name);
    const stale = next.metadata.resourceVersion;
    if (stale !== undefined && stale !== before.metadata.resourceVersion) {
      throw new ApiError(409, "Conflict", `${res.resource} "${next.metadata.name}" has been modified`);
    }
    const strip = (object: KubeObject): string =>
      canonical({ ...object, metadata: { ...object.metadata, resourceVersion: "" } });
    if (strip(next) === strip(before)) return before;
    const stored = put(res, next, "MODIFIED");
    const finished =
      stored.metadata.deletionTimestamp !== undefined &&
      (stored.metadata.finalizers?.length ?? 0) === 0 &&
      res.resource !== "pods";
    if (finished) drop(res, stored);
    return stored;
  };

  return {
    get: (res, namespace, name) => store.get(keyFor(res, namespace, name))?.object,
    list: (res, opts = {}) =>
      [...store.values()]
        .filter((entry) => entry.res.resource === res.resource && entry.res.group === res.group)
        .map((entry) => entry.object)
        .filter((object) => opts.namespace === undefined || object.metadata.namespace === opts.namespace)
        .filter((object) =>
          selects(
            {
              matchLabels: Object.fromEntries(
                (opts.labelSelector ?? "").split(",").flatMap((pair) => (pair ? [pair.split("=")] : [])),
              ) as Record<string, string>,
            },
            object.metadata.labels,
          ),
        ),
    watch(res, handler) {
      const watcher = { res, handler };
      for (const object of this.list(res)) handler({ type: "ADDED", object });
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    create(res, obj) {
      const object = structuredClone(obj);
      if (object.metadata.generateName && !object.metadata.name) {
        object.metadata.name = `${object.metadata.generateName}${randomUUID().slice(0, 5)}`;
      }
      if (store.has(keyFor(res, object.metadata.namespace, object.metadata.name))) {
        throw new ApiError(409, "AlreadyExists", `${res.resource} "${object.metadata.name}" already exists`);
      }
      object.metadata.uid = randomUUID();
      object.metadata.creationTimestamp = timestamp(Date.now());
      object.metadata.generation = 1;
      admission({ res, operation: "CREATE", object, dryRun: false });
      return put(res, object, "ADDED");
    },
    update(res, obj) {
      const before = live(res, obj.metadata.namespace, obj.metadata.name);
      const object = structuredClone(obj);
      admission({ res, operation: "UPDATE", object, oldObject: before, dryRun: false });
      const grown = canonical(before.spec) !== canonical(object.spec) ? 1 : 0;
      const metadata = {
        ...object.metadata,
        uid: before.metadata.uid ?? "",
        generation: (before.metadata.generation ?? 1) + grown,
      };
      return write(res, {
        ...object,
        metadata,
        ...(before.status !== undefined && { status: before.status }),
      });
    },
    updateStatus(res, obj) {
      const before = live(res, obj.metadata.namespace, obj.metadata.name);
      const { resourceVersion } = obj.metadata;
      const metadata = { ...before.metadata, ...(resourceVersion !== undefined && { resourceVersion }) };
      return write(res, { ...before, metadata, status: structuredClone(obj.status) });
    },
    delete(res, namespace, name, opts = {}) {
      const object = live(res, namespace, name);
      if (opts.uid !== undefined && opts.uid !== object.metadata.uid) {
        throw new ApiError(409, "Conflict", `${res.resource} "${name}" has another uid`);
      }
      remove(res, object, opts.gracePeriodSeconds);
    },
  };
}
