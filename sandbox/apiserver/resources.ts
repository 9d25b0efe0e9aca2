// What the server serves: one ApiResource per group, version and plural, in a registry that changes as CRDs do.
// Where they come from: builtins.ts and crds.ts.
import type { FieldError, JsonObject, JSONSchemaProps, StructuralSchema } from "../schema/index.ts";

/** A column of `kubectl get`, as CRDs declare them; built-in kinds compute theirs in table-columns.ts. */
export interface PrinterColumn {
  name: string;
  type: string;
  format?: string;
  description?: string;
  jsonPath: string;
  priority?: number;
}

/** Where `/scale` reads and writes, as simple JSON paths like `.spec.replicas`. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  readonly scale?: ScalePaths;
  readonly schema: StructuralSchema;
  /** Columns besides NAME (and AGE, when empty); only CRDs have any here. */
  readonly columns: readonly PrinterColumn[];
  /** JSON paths a field selector may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  /** Name under which objects are stored: all versions of a kind share it. */
  readonly storage: string;
  /** `group/version` (or `v1`) that stored objects carry. */
  readonly storedAs: string;
  readonly custom: boolean;
  /** A CRD that is being deleted still serves reads and deletes, but takes no new objects. */
  readonly terminating: boolean;
  /** Set on deprecated versions: sent as a Warning header. */
  readonly deprecation?: string;
  /** The schema as declared, for OpenAPI. */
  readonly openapi: JSONSchemaProps;
  applyDefaults(obj: JsonObject): void;
  validate(obj: JsonObject, oldObj?: JsonObject): FieldError[];
}

export const apiVersionOf = (res: { group: string; version: string }): string =>
  res.group === "" ? res.version : `${res.group}/${res.version}`;

export const storageName = (group: string, plural: string): string =>
  group === "" ? plural : `${plural}.${group}`;

export const splitApiVersion = (apiVersion: string): { group: string; version: string } => {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
};

export const hasSubresource = (res: ApiResource, name: string): boolean => res.subresources.includes(name);

/** Kubernetes version order: v2 before v1 before v1beta2 before v1beta1 before v1alpha1 before anything else. */
export const compareVersions = (a: string, b: string): number => {
  const rank = (version: string): [number, number, number] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (match === null) return [0, 0, 0];
    const stage = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1;
    return [stage, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [x, y] = [rank(a), rank(b)];
  return y[0] - x[0] || y[1] - x[1] || y[2] - x[2] || (a < b ? -1 : a > b ? 1 : 0);
};

export class ResourceRegistry {
  readonly #byPath = new Map<string, ApiResource>();
  readonly #byStorage = new Map<string, ApiResource[]>();
  #generation = 0;

  /** Grows with every change: what derived documents (discovery, OpenAPI) cache by. */
  get generation(): number {
    return this.#generation;
  }

  /** Replaces whatever is served for one storage name (all versions of one kind). */
  set(storage: string, resources: readonly ApiResource[]): void {
    this.#drop(storage);
    for (const res of resources) this.#byPath.set(path(res.group, res.version, res.plural), res);
    if (resources.length > 0) this.#byStorage.set(storage, [...resources]);
    this.#generation++;
  }

  find(group: string, version: string, plural: string): ApiResource | undefined {
    return this.#byPath.get(path(group, version, plural));
  }

  findKind(group: string, version: string, kind: string): ApiResource | undefined {
    for (const res of this.#byPath.values())
      if (res.kind === kind && res.group === group && res.version === version) return res;
    return undefined;
  }

  /** Any served version of a kind, the preferred one first: owner references may name an old version. */
  findGroupKind(group: string, kind: string): ApiResource | undefined {
    return this.all()
      .filter((res) => res.group === group && res.kind === kind)
      .sort((a, b) => compareVersions(a.version, b.version))[0];
  }

  /** The served version that reads a stored object without conversion, or any. */
  ofStorage(storage: string): ApiResource | undefined {
    const versions = this.#byStorage.get(storage);
    return versions?.find((res) => apiVersionOf(res) === res.storedAs) ?? versions?.[0];
  }

  all(): ApiResource[] {
    return [...this.#byPath.values()];
  }

  /** One resource per stored kind. */
  storages(): string[] {
    return [...this.#byStorage.keys()];
  }

  /** Group names with their versions, preferred version first; the core group is not among them. */
  groups(): { name: string; versions: string[] }[] {
    const groups = new Map<string, Set<string>>();
    for (const { group, version } of this.#byPath.values()) {
      if (group === "") continue;
      const versions = groups.get(group) ?? new Set<string>();
      groups.set(group, versions.add(version));
    }
    return [...groups]
      .map(([name, versions]) => ({ name, versions: [...versions].sort(compareVersions) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Resources of one group version in plural order. */
  inVersion(group: string, version: string): ApiResource[] {
    return this.all()
      .filter((res) => res.group === group && res.version === version)
      .sort((a, b) => (a.plural < b.plural ? -1 : 1));
  }

  #drop(storage: string): void {
    for (const res of this.#byStorage.get(storage) ?? [])
      this.#byPath.delete(path(res.group, res.version, res.plural));
    this.#byStorage.delete(storage);
  }
}

const path = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;
