// Events about objects, aggregated as kubectl expects them: the same story again raises a count.
import { randomBytes } from "node:crypto";
import { ApiError } from "../apiserver/status.ts";
import type { Cluster, KubeObject } from "../cluster.ts";
import { resources } from "./objects.ts";
import { timestamp } from "./meta.ts";

export interface EventSource {
  component: string;
  host?: string;
}

/** What one part of the sandbox tells about objects. */
export interface EventRecorder {
  (object: KubeObject, type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void;
}

interface Remembered {
  namespace: string;
  name: string;
}

const remembered = 2_000;

/** A recorder that writes core/v1 Events; failing to write one never fails the caller. */
export function eventRecorder(cluster: Cluster, source: EventSource): EventRecorder {
  const known = new Map<string, Remembered>();

  const repeat = (at: Remembered): boolean => {
    const event = cluster.get(resources.events, at.namespace, at.name);
    if (event === undefined) return false;
    const count = typeof event.count === "number" ? event.count + 1 : 2;
    cluster.update(resources.events, { ...event, count, lastTimestamp: timestamp(Date.now()) });
    return true;
  };

  const first = (object: KubeObject, fields: Record<string, unknown>, fieldPath?: string): Remembered => {
    const now = timestamp(Date.now());
    const namespace = object.metadata.namespace ?? "default";
    const name = `${object.metadata.name}.${randomBytes(8).toString("hex")}`;
    cluster.create(resources.events, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        ...(object.metadata.namespace !== undefined && { namespace }),
        name: object.metadata.name,
        uid: object.metadata.uid,
        resourceVersion: object.metadata.resourceVersion,
        ...(fieldPath !== undefined && { fieldPath }),
      },
      ...fields,
      source,
      reportingComponent: source.component,
      reportingInstance: source.host ?? "",
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    });
    return { namespace, name };
  };

  return (object, type, reason, message, fieldPath) => {
    const key = JSON.stringify([object.metadata.uid, type, reason, message, fieldPath]);
    try {
      const before = known.get(key);
      if (before !== undefined && repeat(before)) return;
      known.set(key, first(object, { type, reason, message }, fieldPath));
      const oldest = known.keys().next().value;
      if (known.size > remembered && oldest !== undefined) known.delete(oldest);
    } catch (error) {
      // An event is a remark; a namespace that is being deleted may refuse it.
      if (!(error instanceof ApiError)) throw error;
    }
  };
}
