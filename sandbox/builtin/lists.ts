// Which lists of the built-in kinds have items with identities, how strategic merge patches treat them, and which
// structs are taken whole. Keys are TYPE.FIELD with the types of schemas.gen.json; a list not named here is atomic.

/** Keys of list-maps, in Kubernetes' order. */
export const listMapKeys: Record<string, readonly string[]> = {
  "V1PodSpec.containers": ["name"],
  "V1PodSpec.initContainers": ["name"],
  "V1PodSpec.ephemeralContainers": ["name"],
  "V1PodSpec.volumes": ["name"],
  "V1PodSpec.imagePullSecrets": ["name"],
  "V1PodSpec.hostAliases": ["ip"],
  "V1PodSpec.topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
  "V1PodSpec.resourceClaims": ["name"],
  "V1PodSpec.schedulingGates": ["name"],
  "V1Container.env": ["name"],
  "V1Container.ports": ["containerPort", "protocol"],
  "V1Container.volumeMounts": ["mountPath"],
  "V1Container.volumeDevices": ["devicePath"],
  "V1EphemeralContainer.env": ["name"],
  "V1EphemeralContainer.ports": ["containerPort", "protocol"],
  "V1EphemeralContainer.volumeMounts": ["mountPath"],
  "V1EphemeralContainer.volumeDevices": ["devicePath"],
  "V1ResourceRequirements.claims": ["name"],
  "V1PodStatus.conditions": ["type"],
  "V1PodStatus.podIPs": ["ip"],
  "V1PodStatus.resourceClaimStatuses": ["name"],
  "V1ContainerStatus.volumeMounts": ["mountPath"],
  "V1ContainerStatus.allocatedResourcesStatus": ["name"],
  "V1ResourceStatus.resources": ["resourceID"],
  "V1ServiceSpec.ports": ["port", "protocol"],
  "V1ServiceStatus.conditions": ["type"],
  "V1ServiceAccount.secrets": ["name"],
  "V1NamespaceStatus.conditions": ["type"],
  "V1NodeStatus.conditions": ["type"],
  "V1NodeStatus.addresses": ["type"],
  "V1PersistentVolumeClaimStatus.conditions": ["type"],
  "V1DeploymentStatus.conditions": ["type"],
  "V1ReplicaSetStatus.conditions": ["type"],
  "V1StatefulSetStatus.conditions": ["type"],
  "V1PodDisruptionBudgetStatus.conditions": ["type"],
  "V1CustomResourceDefinitionStatus.conditions": ["type"],
};

/** Lists of primitives without order or repetition. */
export const sets: ReadonlySet<string> = new Set(["V1Endpoint.addresses", "V1NodeSpec.podCIDRs"]);

/** Merge keys of strategic merge patches where they are not the first key of the list-map. */
export const otherMergeKeys: Record<string, string> = {
  "V1JobStatus.conditions": "type",
  "V1PodStatus.hostIPs": "ip",
  "V1ServiceAccount.imagePullSecrets": "name",
};

/** List-maps that strategic merge patches replace all the same. */
export const replacedLists: ReadonlySet<string> = new Set([
  "V1ResourceRequirements.claims",
  "V1ContainerStatus.volumeMounts",
  "V1ContainerStatus.allocatedResourcesStatus",
  "V1ResourceStatus.resources",
  "V1CustomResourceDefinitionStatus.conditions",
]);

/** Where a patch may say `$retainKeys`: one of several variants is set, the others must go. */
export const retainKeys: ReadonlySet<string> = new Set([
  "V1DeploymentSpec.strategy",
  "V1PodSpec.volumes",
  "V1PodSpec.resourceClaims",
  "V1PodStatus.resourceClaimStatuses",
]);

/** Structs that server-side apply takes whole. */
export const atomicStructs: ReadonlySet<string> = new Set([
  "V1LabelSelector",
  "V1NodeSelector",
  "V1NodeSelectorTerm",
  "V1TopologySelectorTerm",
  "V1ObjectReference",
  "V1LocalObjectReference",
  "V1TypedLocalObjectReference",
  "V1SecretReference",
  "V1ConfigMapKeySelector",
  "V1SecretKeySelector",
  "V1FileKeySelector",
  "V1ObjectFieldSelector",
  "V1ResourceFieldSelector",
  "V1RoleRef",
  "RbacV1Subject",
  "V1EndpointAddress",
  "CoreV1EndpointPort",
  "DiscoveryV1EndpointPort",
  "V1ServiceBackendPort",
]);

/** Where such a struct is granular all the same. */
export const granularFields: ReadonlySet<string> = new Set(["V1PersistentVolumeSpec.claimRef"]);

/** Maps of strings that server-side apply takes whole. */
export const atomicMaps: ReadonlySet<string> = new Set(["V1PodSpec.nodeSelector", "V1ServiceSpec.selector"]);
