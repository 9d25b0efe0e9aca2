// Reading a stored object as another served version of its kind, and back. CRD versions differ in name only
// (conversion strategy None); of the built-in kinds only Event is served by two groups with different fields.
import type { KubeObject } from "../cluster.ts";
import { deepFreeze } from "../store/encoding.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";

/** Core v1 field name -> events.k8s.io/v1 field name. */
const eventFields: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

const renamed = (object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject =>
  Object.fromEntries(
    Object.entries({ ...object, apiVersion }).map(([field, value]) => [names.get(field) ?? field, value]),
  ) as KubeObject;

const toNewEvent = new Map(eventFields.map(([core, group]) => [core, group]));
const toCoreEvent = new Map(eventFields.map(([core, group]) => [group, core]));

const convert = (object: KubeObject, apiVersion: string, storage: string): KubeObject => {
  if (object.apiVersion === apiVersion) return object;
  if (storage !== "events") return { ...object, apiVersion };
  return renamed(object, apiVersion, apiVersion === "v1" ? toCoreEvent : toNewEvent);
};

const converted = new WeakMap<KubeObject, Map<string, KubeObject>>();

/** A stored object as `res` serves it; made once per object and version, frozen like the original. */
export const asServed = (object: KubeObject, res: ApiResource): KubeObject => {
  const apiVersion = apiVersionOf(res);
  if (object.apiVersion === apiVersion) return object;
  let versions = converted.get(object);
  if (versions === undefined) converted.set(object, (versions = new Map<string, KubeObject>()));
  let result = versions.get(apiVersion);
  if (result === undefined)
    versions.set(apiVersion, (result = deepFreeze(convert(object, apiVersion, res.storage))));
  return result;
};

/** An object as a client of `res` wrote it, as it will be stored. */
export const asStored = (object: KubeObject, res: ApiResource): KubeObject =>
  convert(object, res.storedAs, res.storage);
