// Whether the Secrets and ConfigMaps that a manifest names are given, and have the keys it reads.
import type { Catalogue, Given } from "./catalogue.ts";
import { type FieldPath, isMapping, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { didYouMean, listed } from "./suggest.ts";

/** One place of a manifest that reads keys of a Secret or ConfigMap. */
interface DataReference {
  readonly holder: "Secret" | "ConfigMap";
  /** Path of the reference; its `name` says which object. */
  readonly path: FieldPath;
  /** The keys that are read; undefined: the one that stands in the reference's `key`. */
  readonly keys?: readonly string[];
}

/** The keys of a Secret of type kubernetes.io/tls. */
const TLS_KEYS = ["tls.crt", "tls.key"];
const BUCKET_KEYS = ["accessKeyId", "secretAccessKey"];
const DATABASE_KEYS = ["host", "database", "username", "password"];

/** Faults of all references to Secrets and ConfigMaps of one object. */
export function dataReferenceFaults(given: Given, catalogue: Catalogue): Fault[] {
  const { value } = given.entry;
  const references = referencesOf(given.kind?.kind, value);
  return references.flatMap((reference) => faultsOf(reference, given, catalogue));
}

function referencesOf(kind: string | undefined, value: unknown): DataReference[] {
  if (kind === "LmsTenant") return tenantReferences(value);
  return kind === "Restore" ? sourceReferences(["spec", "source"]) : courseReferences(value);
}

function bucketReferences(path: FieldPath): DataReference[] {
  return [
    { holder: "Secret", path: [...path, "secretRef"], keys: BUCKET_KEYS },
    { holder: "ConfigMap", path: [...path, "caConfigMapRef"] },
  ];
}

function sourceReferences(path: FieldPath): DataReference[] {
  return [
    ...bucketReferences([...path, "destination", "s3"]),
    { holder: "Secret", path: [...path, "identitySecretRef"] },
  ];
}

function tenantReferences(value: unknown): DataReference[] {
  return [
    ...bucketReferences(["spec", "backup", "destination", "s3"]),
    { holder: "Secret", path: ["spec", "backup", "drills", "identitySecretRef"] },
    ...sourceReferences(["spec", "bootstrap", "restoreFrom"]),
    { holder: "Secret", path: ["spec", "tls", "secretRef"], keys: TLS_KEYS },
    { holder: "Secret", path: ["spec", "database", "external", "secretRef"], keys: DATABASE_KEYS },
    { holder: "ConfigMap", path: ["spec", "site", "branding", "logo", "configMapKeyRef"] },
    ...indexed(value, ["spec", "users"]).map((path): DataReference => ({
      holder: "Secret",
      path: [...path, "passwordSecretRef"],
    })),
  ];
}

function courseReferences(value: unknown): DataReference[] {
  const lessons = indexed(value, ["spec", "modules"]).flatMap((module) =>
    indexed(value, [...module, "items"]).map((item): FieldPath => [...item, "lesson"]),
  );
  return [...indexed(value, ["spec", "files"]), ...lessons].map((path) => ({
    holder: "ConfigMap",
    path: [...path, "configMapKeyRef"],
  }));
}

/** The path of every entry of a list. */
function indexed(value: unknown, path: FieldPath): FieldPath[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list.map((_, i) => [...path, i]) : [];
}

function faultsOf({ holder, path, keys }: DataReference, given: Given, catalogue: Catalogue): Fault[] {
  const ref = valueAt(given.entry.value, path);
  const name = valueAt(ref, ["name"]);
  if (typeof name !== "string" || name === "") return [];
  const who = `${holder} ${given.namespace}/${name}`;
  const object = catalogue.find(holder, given.namespace, name);
  if (!object) {
    const known = catalogue
      .ofKind(holder)
      .filter(({ namespace }) => namespace === given.namespace)
      .map(({ entry }) => entry.name);
    const remedy = didYouMean(name, known, "give its file too, or make sure that the cluster has it");
    return [
      {
        path: [...path, "name"],
        message: `${who} is not among the given manifests: ${remedy}`,
        severity: "warning",
      },
    ];
  }
  const present = dataKeys(object.entry.value);
  const key = valueAt(ref, ["key"]);
  const wanted = keys ?? (typeof key === "string" && key !== "" ? [key] : []);
  return wanted
    .filter((each) => !present.includes(each))
    .map((each) => {
      const add = `add it there (${object.entry.place}), it has ${listed(present)}`;
      // Keys that the author chose may be mistyped; those that are given cannot.
      const remedy = keys ? add : didYouMean(each, present, add);
      return { path: [...path, keys ? "name" : "key"], message: `${who} has no key "${each}": ${remedy}` };
    });
}

function dataKeys(value: unknown): string[] {
  return ["data", "stringData", "binaryData"].flatMap((field) => {
    const data = valueAt(value, [field]);
    return isMapping(data) ? Object.keys(data) : [];
  });
}
