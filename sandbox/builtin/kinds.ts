// Names and places of the built-in kinds. Their fields are in schemas.gen.json and the tables beside it.

/** A built-in kind as discovery tells it, and the client-node model that knows its fields. */
export interface KindRow {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly model: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
}

type Names = Partial<Pick<KindRow, "shortNames" | "categories" | "subresources">> & { model?: string };

const row =
  (namespaced: boolean) =>
  (group: string, kind: string, plural: string, names: Names = {}): KindRow => ({
    group,
    version: "v1",
    kind,
    plural,
    namespaced,
    model: names.model ?? `V1${kind}`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    subresources: names.subresources ?? [],
  });
const namespaced = row(true);
const cluster = row(false);

const all = ["all"];
const status = ["status"];
const scalable = ["status", "scale"];

/** Every built-in kind. */
export const kinds: readonly KindRow[] = [
  cluster("", "Namespace", "namespaces", { shortNames: ["ns"], subresources: ["status", "finalize"] }),
  namespaced("", "ConfigMap", "configmaps", { shortNames: ["cm"] }),
  namespaced("", "Secret", "secrets"),
  namespaced("", "Service", "services", {
    shortNames: ["svc"],
    categories: all,
    subresources: ["status", "proxy"],
  }),
  namespaced("", "Endpoints", "endpoints", { shortNames: ["ep"] }),
  namespaced("", "ServiceAccount", "serviceaccounts", { shortNames: ["sa"], subresources: ["token"] }),
  cluster("", "PersistentVolume", "persistentvolumes", { shortNames: ["pv"], subresources: status }),
  namespaced("", "PersistentVolumeClaim", "persistentvolumeclaims", {
    shortNames: ["pvc"],
    subresources: status,
  }),
  namespaced("", "Pod", "pods", {
    shortNames: ["po"],
    categories: all,
    subresources: ["status", "log", "exec", "attach", "portforward", "proxy", "binding", "eviction"],
  }),
  namespaced("", "Event", "events", { shortNames: ["ev"], model: "CoreV1Event" }),
  cluster("", "Node", "nodes", { shortNames: ["no"], subresources: ["status", "proxy"] }),
  namespaced("apps", "Deployment", "deployments", {
    shortNames: ["deploy"],
    categories: all,
    subresources: scalable,
  }),
  namespaced("apps", "ReplicaSet", "replicasets", {
    shortNames: ["rs"],
    categories: all,
    subresources: scalable,
  }),
  namespaced("apps", "StatefulSet", "statefulsets", {
    shortNames: ["sts"],
    categories: all,
    subresources: scalable,
  }),
  namespaced("apps", "ControllerRevision", "controllerrevisions"),
  namespaced("batch", "Job", "jobs", { categories: all, subresources: status }),
  namespaced("batch", "CronJob", "cronjobs", { shortNames: ["cj"], categories: all, subresources: status }),
  namespaced("networking.k8s.io", "Ingress", "ingresses", { shortNames: ["ing"], subresources: status }),
  cluster("networking.k8s.io", "IngressClass", "ingressclasses"),
  namespaced("networking.k8s.io", "NetworkPolicy", "networkpolicies", { shortNames: ["netpol"] }),
  namespaced("coordination.k8s.io", "Lease", "leases"),
  namespaced("rbac.authorization.k8s.io", "Role", "roles"),
  namespaced("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
  cluster("rbac.authorization.k8s.io", "ClusterRole", "clusterroles"),
  cluster("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings"),
  namespaced("policy", "PodDisruptionBudget", "poddisruptionbudgets", {
    shortNames: ["pdb"],
    subresources: status,
  }),
  namespaced("discovery.k8s.io", "EndpointSlice", "endpointslices"),
  namespaced("events.k8s.io", "Event", "events", { shortNames: ["ev"], model: "EventsV1Event" }),
  cluster("storage.k8s.io", "StorageClass", "storageclasses", { shortNames: ["sc"] }),
  cluster("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", {
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    subresources: status,
  }),
];
