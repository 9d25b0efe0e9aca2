// What a real kube-apiserver (1.20) stored of sparse objects, refused, and let change (testdata/objects.json).
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isObject, jsonClone, type JsonObject } from "../schema/index.ts";
import { builtinResources, type BuiltinResource } from "./index.ts";

interface Cause {
  reason: string;
  field: string;
}

const facts = JSON.parse(readFileSync(new URL("./testdata/objects.json", import.meta.url), "utf8")) as {
  stored: { sent: JsonObject; stored: JsonObject }[];
  refused: { sent: JsonObject; causes: Cause[] }[];
  updates: { before: JsonObject; after: JsonObject; causes: Cause[] }[];
};

function resourceOf({ apiVersion, kind }: JsonObject): BuiltinResource {
  const found = builtinResources.find(
    (resource) =>
      resource.kind === kind &&
      (resource.group === "" ? resource.version : `${resource.group}/${resource.version}`) === apiVersion,
  );
  if (!found) throw new Error(`no ${String(kind)}`);
  return found;
}

/** Fields that Kubernetes 1.20 did not have yet, and those that the server rather than the type decides. */
const NEWER = [
  "internalTrafficPolicy",
  "podReplacementPolicy",
  "completionMode",
  "suspend",
  "persistentVolumeClaimRetentionPolicy",
];
const SERVER = [
  "clusterIP",
  "clusterIPs",
  "nodePort",
  "selector",
  "creationTimestamp",
  "tolerations",
  "priority",
  "preemptionPolicy",
  "controller-uid",
  "job-name",
  "finalizers",
  // false is as good as absent.
  "hostNetwork",
];

function without(value: unknown, keys: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => without(item, keys));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !keys.includes(key))
      .map(([key, inner]) => [key, without(inner, keys)]),
  );
}

/** Volumes of service account tokens come from admission. */
function withoutToken(object: JsonObject): JsonObject {
  const spec = isObject(object["spec"]) ? object["spec"] : {};
  const kept = (list: unknown): unknown =>
    Array.isArray(list) ? list.filter((item) => !JSON.stringify(item).includes("default-token")) : list;
  for (const name of ["containers", "initContainers"])
    for (const container of (spec[name] ?? []) as JsonObject[]) {
      container["volumeMounts"] = kept(container["volumeMounts"]);
      if ((container["volumeMounts"] as unknown[] | undefined)?.length === 0)
        delete container["volumeMounts"];
    }
  if (object["kind"] === "Pod") {
    spec["volumes"] = kept(spec["volumes"]);
    if ((spec["volumes"] as unknown[] | undefined)?.length === 0) delete spec["volumes"];
    delete spec["serviceAccount"];
    delete spec["serviceAccountName"];
  }
  return object;
}

const title = (object: JsonObject): string =>
  `${String(object["kind"])} ${JSON.stringify(object["spec"] ?? {}).slice(0, 100)}`;

describe("defaults", () => {
  test.each(facts.stored.map((fact) => [title(fact.sent), fact] as const))("%s", (_, { sent, stored }) => {
    const resource = resourceOf(sent);
    const object = jsonClone(sent);
    expect(resource.schema.prune(object)).toEqual([]);
    resource.applyDefaults(object);
    expect(resource.validate(object)).toEqual([]);
    const ignored = [...NEWER, ...SERVER];
    expect(without(withoutToken(object), ignored)).toEqual(without(withoutToken(jsonClone(stored)), ignored));
    const once = jsonClone(object);
    resource.applyDefaults(object);
    expect(object).toEqual(once);
  });
});

describe("refusals", () => {
  // Of a missing struct kube-apiserver reports the fields inside, the schema the struct itself.
  const related = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

  test.each(facts.refused.map((fact) => [title(fact.sent), fact] as const))("%s", (_, { sent, causes }) => {
    const resource = resourceOf(sent);
    const object = jsonClone(sent);
    resource.applyDefaults(object);
    const fields = resource.validate(object).map(({ field }) => field);
    const expected = causes.map(({ field }) => field);
    expect(expected.filter((field) => !fields.some((other) => related(field, other)))).toEqual([]);
    expect(fields.filter((field) => !expected.some((other) => related(field, other)))).toEqual([]);
  });
});

describe("updates", () => {
  test.each(facts.updates.map((fact) => [title(fact.after), fact] as const))(
    "%s",
    (_, { before, after, causes }) => {
      const resource = resourceOf(after);
      const [old, object] = [jsonClone(before), jsonClone(after)];
      resource.applyDefaults(old);
      resource.applyDefaults(object);
      const fields = resource.validate(object, old).map(({ field }) => field);
      expect(fields.length > 0).toBe(causes.length > 0);
    },
  );
});
