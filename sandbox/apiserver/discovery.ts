// Discovery documents: which groups, versions and kinds are served. The legacy ones and the aggregated one tell the
// same; both are made from `servedVersions`.
import { parseAccept } from "./negotiate.ts";
import { compareVersions, type ApiResource, type ResourceRegistry } from "./resources.ts";
import { reviewKinds } from "./reviews.ts";

/** A kind as discovery tells it. */
interface ServedKind {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly ServedSubresource[];
}

interface ServedSubresource {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly string[];
}

interface ServedGroup {
  readonly name: string;
  /** Preferred first. */
  readonly versions: readonly { readonly version: string; readonly kinds: readonly ServedKind[] }[];
}

const changeVerbs = ["get", "patch", "update"];
const proxyVerbs = ["create", "delete", "get", "patch", "update"];

/** Subresources that work; kinds may have others, which are refused and so not told of. */
const subresourceOf = (res: ApiResource, name: string): ServedSubresource | undefined => {
  const own = { name, kind: res.kind, group: res.group, version: res.version };
  switch (name) {
    case "status":
      return { ...own, verbs: changeVerbs };
    case "scale":
      return { name, kind: "Scale", group: "autoscaling", version: "v1", verbs: changeVerbs };
    case "log":
      return { ...own, verbs: ["get"] };
    case "proxy":
      return res.plural === "nodes"
        ? undefined
        : {
            ...own,
            kind: res.kind === "Pod" ? "PodProxyOptions" : "ServiceProxyOptions",
            verbs: proxyVerbs,
          };
    case "eviction":
      return { name, kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] };
    case "finalize":
      return { ...own, verbs: ["update"] };
    default:
      return undefined;
  }
};

const kindOf = (res: ApiResource): ServedKind => ({
  plural: res.plural,
  singular: res.singular,
  kind: res.kind,
  namespaced: res.namespaced,
  verbs: [...res.verbs].sort(),
  shortNames: res.shortNames,
  categories: res.categories,
  subresources: [...res.subresources].sort().flatMap((name) => subresourceOf(res, name) ?? []),
});

const reviewsOf = (group: string): ServedKind[] =>
  reviewKinds
    .filter((review) => review.group === group)
    .map(({ plural, kind, namespaced }) => ({
      plural,
      singular: kind.toLowerCase(),
      kind,
      namespaced,
      verbs: ["create"],
      shortNames: [],
      categories: [],
      subresources: [],
    }));

const servedGroups = (registry: ResourceRegistry): ServedGroup[] => {
  const stored = registry.groups().map(({ name, versions }) => ({
    name,
    versions: versions.map((version) => ({ version, kinds: registry.inVersion(name, version).map(kindOf) })),
  }));
  const reviews = [...new Set(reviewKinds.map(({ group }) => group))].map((name) => ({
    name,
    versions: [{ version: "v1", kinds: reviewsOf(name) }],
  }));
  const known = new Set(stored.map(({ name }) => name));
  return [...stored, ...reviews.filter(({ name }) => !known.has(name))];
};

const groupVersion = (group: string, version: string): string =>
  group === "" ? version : `${group}/${version}`;

/** The APIResourceList of a group version; undefined when it is not served. */
export const resourceList = (
  registry: ResourceRegistry,
  group: string,
  version: string,
): object | undefined => {
  const kinds =
    group === ""
      ? registry.inVersion("", version).map(kindOf)
      : servedGroups(registry)
          .find(({ name }) => name === group)
          ?.versions.find((v) => v.version === version)?.kinds;
  if (kinds === undefined || kinds.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: groupVersion(group, version),
    resources: kinds.flatMap((kind) => [
      {
        name: kind.plural,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: kind.verbs,
        ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
        ...(kind.categories.length > 0 && { categories: kind.categories }),
      },
      ...kind.subresources.map((sub) => ({
        name: `${kind.plural}/${sub.name}`,
        singularName: "",
        namespaced: kind.namespaced,
        ...((sub.group !== group || sub.version !== version) && { group: sub.group, version: sub.version }),
        kind: sub.kind,
        verbs: sub.verbs,
      })),
    ]),
  };
};

const groupObject = ({ name, versions }: ServedGroup): object => {
  const told = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: told, preferredVersion: told[0] };
};

/** The APIGroupList of `/apis`. */
export const groupList = (registry: ResourceRegistry): object => ({
  kind: "APIGroupList",
  apiVersion: "v1",
  groups: servedGroups(registry).map(groupObject),
});

/** The APIGroup of `/apis/GROUP`; undefined when it is not served. */
export const groupDocument = (registry: ResourceRegistry, name: string): object | undefined => {
  const group = servedGroups(registry).find((candidate) => candidate.name === name);
  return group && { kind: "APIGroup", apiVersion: "v1", ...groupObject(group) };
};

/** The APIVersions of `/api`. */
export const coreVersions = (address: string): object => ({
  kind: "APIVersions",
  versions: ["v1"],
  serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
});

const aggregatedKind = (group: string, version: string, kind: ServedKind): object => ({
  resource: kind.plural,
  responseKind: { group, version, kind: kind.kind },
  scope: kind.namespaced ? "Namespaced" : "Cluster",
  singularResource: kind.singular,
  verbs: kind.verbs,
  ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
  ...(kind.categories.length > 0 && { categories: kind.categories }),
  ...(kind.subresources.length > 0 && {
    subresources: kind.subresources.map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
      verbs: sub.verbs,
    })),
  }),
});

/** The APIGroupDiscoveryList of `/api` (core) or `/apis`. */
export const aggregated = (registry: ResourceRegistry, where: "api" | "apis", version: string): object => {
  const coreGroup = (): ServedGroup => ({
    name: "",
    versions: ["v1"]
      .sort(compareVersions)
      .map((v) => ({ version: v, kinds: registry.inVersion("", v).map(kindOf) })),
  });
  const groups = where === "api" ? [coreGroup()] : servedGroups(registry);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group.name !== "" && { name: group.name }), creationTimestamp: null },
      versions: group.versions.map((served) => ({
        version: served.version,
        resources: served.kinds.map((kind) => aggregatedKind(group.name, served.version, kind)),
        freshness: "Current",
      })),
    })),
  };
};

/** The version of aggregated discovery a client asks for, when it prefers that to the legacy documents. */
export const aggregatedVersion = (accept: string | undefined): string | undefined => {
  for (const { type, params } of parseAccept(accept ?? "")) {
    if (type !== "application/json" && type !== "*/*" && type !== "application/*") continue;
    if (params.get("as") === undefined) return undefined;
    const version = params.get("v");
    if (params.get("as") === "APIGroupDiscoveryList" && params.get("g") === "apidiscovery.k8s.io")
      if (version === "v2" || version === "v2beta1") return version;
  }
  return undefined;
};
