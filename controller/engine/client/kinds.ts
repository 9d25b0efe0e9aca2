// The built-in kinds, typed by client-node's models (types only: its code costs a second and 85 MB to import).
import type {
  CoreV1Event,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1Lease,
  V1Namespace,
  V1NetworkPolicy,
  V1PersistentVolumeClaim,
  V1Pod,
  V1PodDisruptionBudget,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";
import { type Json, type KubeObject, type ResourceType, resourceType } from "./object.ts";

export type ConfigMap = Json<V1ConfigMap>;
export type CoreEvent = Json<CoreV1Event>;
export type CustomResourceDefinition = Json<V1CustomResourceDefinition>;
export type Deployment = Json<V1Deployment>;
export type HorizontalPodAutoscaler = Json<V2HorizontalPodAutoscaler>;
export type Ingress = Json<V1Ingress>;
export type Job = Json<V1Job>;
export type Lease = Json<V1Lease>;
export type Namespace = Json<V1Namespace>;
export type NetworkPolicy = Json<V1NetworkPolicy>;
export type PersistentVolumeClaim = Json<V1PersistentVolumeClaim>;
export type Pod = Json<V1Pod>;
export type PodDisruptionBudget = Json<V1PodDisruptionBudget>;
export type Secret = Json<V1Secret>;
export type Service = Json<V1Service>;
export type ServiceAccount = Json<V1ServiceAccount>;
export type StatefulSet = Json<V1StatefulSet>;

function builtIn<T extends KubeObject>(
  group: string,
  version: string,
  plural: string,
  kind: string,
  namespaced = true,
): ResourceType<T> {
  return resourceType<T>({ group, version, plural, kind, namespaced });
}

export const ConfigMap = builtIn<ConfigMap>("", "v1", "configmaps", "ConfigMap");
export const CoreEvent = builtIn<CoreEvent>("", "v1", "events", "Event");
export const CustomResourceDefinition = builtIn<CustomResourceDefinition>(
  "apiextensions.k8s.io",
  "v1",
  "customresourcedefinitions",
  "CustomResourceDefinition",
  false,
);
export const Deployment = builtIn<Deployment>("apps", "v1", "deployments", "Deployment");
export const HorizontalPodAutoscaler = builtIn<HorizontalPodAutoscaler>(
  "autoscaling",
  "v2",
  "horizontalpodautoscalers",
  "HorizontalPodAutoscaler",
);
export const Ingress = builtIn<Ingress>("networking.k8s.io", "v1", "ingresses", "Ingress");
export const Job = builtIn<Job>("batch", "v1", "jobs", "Job");
export const Lease = builtIn<Lease>("coordination.k8s.io", "v1", "leases", "Lease");
export const Namespace = builtIn<Namespace>("", "v1", "namespaces", "Namespace", false);
export const NetworkPolicy = builtIn<NetworkPolicy>(
  "networking.k8s.io",
  "v1",
  "networkpolicies",
  "NetworkPolicy",
);
export const PersistentVolumeClaim = builtIn<PersistentVolumeClaim>(
  "",
  "v1",
  "persistentvolumeclaims",
  "PersistentVolumeClaim",
);
export const Pod = builtIn<Pod>("", "v1", "pods", "Pod");
export const PodDisruptionBudget = builtIn<PodDisruptionBudget>(
  "policy",
  "v1",
  "poddisruptionbudgets",
  "PodDisruptionBudget",
);
export const Secret = builtIn<Secret>("", "v1", "secrets", "Secret");
export const Service = builtIn<Service>("", "v1", "services", "Service");
export const ServiceAccount = builtIn<ServiceAccount>("", "v1", "serviceaccounts", "ServiceAccount");
export const StatefulSet = builtIn<StatefulSet>("apps", "v1", "statefulsets", "StatefulSet");
