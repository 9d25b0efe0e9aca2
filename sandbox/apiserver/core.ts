// What every part of the server works on: the store, the registry of served resources, the clock, the hooks.
import type { AdmissionHook, KubeObject } from "../cluster.ts";
import type { Store } from "../store/store.ts";
import type { ApiResource, ResourceRegistry } from "./resources.ts";
import { notFound } from "./status.ts";
import { asServed } from "./versions.ts";

export type Log = (message: string) => void;

export interface Core {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  admission: AdmissionHook | undefined;
  readonly log: Log;
}

/** How a write is to be done, whatever its verb. */
export interface WriteManner {
  dryRun: boolean;
  /** Who owns the written fields from now on. */
  manager: string;
  /** What becomes of unknown and duplicate fields. */
  fieldValidation: "Ignore" | "Warn" | "Strict";
  /** Faults the decoder has found already (keys that stand twice). */
  duplicates: readonly string[];
  /** Filled with what the client should be told in Warning headers. */
  warnings: string[];
}

export const systemManner = (manager: string): WriteManner => ({
  dryRun: false,
  manager,
  fieldValidation: "Ignore",
  duplicates: [],
  warnings: [],
});

/** Now, as metav1.Time prints it: RFC 3339 in whole seconds. */
export const now = (plusSeconds = 0): string =>
  new Date(Date.now() + plusSeconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");

/** The stored object as `res` serves it. */
export const find = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  name: string,
): KubeObject | undefined => {
  const object = core.store.get(res.storage, res.namespaced ? namespace : undefined, name);
  return object && asServed(object, res);
};

/** As `find`, but 404 when absent. */
export const must = (
  core: Core,
  res: ApiResource,
  namespace: string | undefined,
  name: string,
): KubeObject => {
  const object = find(core, res, namespace, name);
  if (object === undefined) throw notFound(res, name);
  return object;
};
