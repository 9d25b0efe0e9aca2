// Built-in kinds as ApiResources. Their schemas, defaults and rules come from ../builtin.
import { builtinResources, type BuiltinResource } from "../builtin/index.ts";
import { apiVersionOf, storageName, type ApiResource, type ResourceRegistry } from "./resources.ts";

/** Fields that field selectors may name, as the real API offers them. */
const selectable: Record<string, readonly string[]> = {
  pods: [
    ".spec.nodeName",
    ".spec.restartPolicy",
    ".spec.schedulerName",
    ".spec.serviceAccountName",
    ".spec.hostNetwork",
    ".status.phase",
    ".status.podIP",
    ".status.nominatedNodeName",
  ],
  events: [
    ".involvedObject.kind",
    ".involvedObject.namespace",
    ".involvedObject.name",
    ".involvedObject.uid",
    ".involvedObject.apiVersion",
    ".involvedObject.resourceVersion",
    ".involvedObject.fieldPath",
    ".reason",
    ".reportingComponent",
    ".source",
    ".type",
  ],
  secrets: [".type"],
  nodes: [".spec.unschedulable"],
  namespaces: [".status.phase"],
  "jobs.batch": [".status.successful"],
  "replicasets.apps": [".status.replicas"],
};

const scalable = new Set(["deployments.apps", "statefulsets.apps", "replicasets.apps"]);

/** Events of both groups are one stored kind; everything else is stored under its own name. */
const storageOf = (builtin: BuiltinResource): string =>
  builtin.plural === "events" ? "events" : storageName(builtin.group, builtin.plural);

const asApiResource = (builtin: BuiltinResource, storedAs: string): ApiResource => {
  const storage = storageOf(builtin);
  return {
    group: builtin.group,
    version: builtin.version,
    kind: builtin.kind,
    listKind: `${builtin.kind}List`,
    plural: builtin.plural,
    singular: builtin.singular,
    namespaced: builtin.namespaced,
    shortNames: builtin.shortNames,
    categories: builtin.categories,
    verbs: builtin.verbs,
    subresources: builtin.subresources,
    ...(scalable.has(storage) && {
      scale: {
        specReplicasPath: ".spec.replicas",
        statusReplicasPath: ".status.replicas",
        labelSelectorPath: ".spec.selector",
      },
    }),
    get schema() {
      return builtin.schema;
    },
    get openapi() {
      return builtin.schema.root.props;
    },
    columns: [],
    selectableFields: selectable[storage] ?? [],
    storage,
    storedAs,
    custom: false,
    terminating: false,
    applyDefaults: (obj) => builtin.applyDefaults(obj),
    validate: (obj, oldObj) => builtin.validate(obj, oldObj),
  };
};

/** Registers every built-in kind; of several versions of one kind the first in the table is the stored one. */
export const registerBuiltins = (registry: ResourceRegistry): void => {
  for (const [storage, versions] of Map.groupBy(builtinResources, storageOf)) {
    // Core v1 events come before events.k8s.io ones whatever the table's order.
    const sorted = [...versions].sort((a, b) => a.group.length - b.group.length);
    const storedAs = apiVersionOf(sorted[0] as BuiltinResource);
    registry.set(
      storage,
      sorted.map((builtin) => asApiResource(builtin, storedAs)),
    );
  }
};
