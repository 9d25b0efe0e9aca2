// Objects for tests, with good defaults.
import type { Deployment, Job, Pod, PodTemplateSpec, ReplicaSet, Service, StatefulSet } from "./objects.ts";

export const uidOf = (name: string): string => `uid-${name}`;

export const aTemplate = (image = "app:1"): PodTemplateSpec => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "main", image }] },
});

interface PodShape {
  ready?: boolean;
  readyAt?: string;
  phase?: NonNullable<Pod["status"]>["phase"];
  deleting?: boolean;
  labels?: Record<string, string>;
  ip?: string;
  created?: string;
  finishedAt?: string;
  restarts?: number;
}

/** A pod that runs and is ready unless told otherwise. */
export function aPod(name: string, shape: PodShape = {}): Pod {
  const { ready = true, phase = "Running", readyAt = "2026-01-01T00:00:00Z" } = shape;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      uid: uidOf(name),
      labels: { app: "web", ...shape.labels },
      creationTimestamp: shape.created ?? "2026-01-01T00:00:00Z",
      ...(shape.deleting === true && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { nodeName: "sandbox", containers: [{ name: "main", image: "app:1" }] },
    status: {
      phase,
      ...(shape.ip !== undefined && { podIP: shape.ip }),
      conditions: [
        {
          type: "Ready",
          status: ready && phase === "Running" ? "True" : "False",
          lastTransitionTime: readyAt,
        },
      ],
      containerStatuses: [
        {
          name: "main",
          image: "app:1",
          imageID: "",
          ready,
          started: true,
          restartCount: shape.restarts ?? 0,
          state:
            shape.finishedAt === undefined
              ? { running: { startedAt: readyAt } }
              : { terminated: { exitCode: 1, reason: "Error", finishedAt: shape.finishedAt } },
          lastState: {},
        },
      ],
    },
  };
}

export const aDeployment = (spec: Partial<Deployment["spec"]> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: uidOf("web"), generation: 1 },
  spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: aTemplate(), ...spec },
});

export const aReplicaSet = (
  name: string,
  shape: { image?: string; replicas?: number; available?: number; revision?: number } = {},
): ReplicaSet => {
  const { image = "app:1", replicas = 1, available = replicas, revision = 1 } = shape;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: "shop",
      uid: uidOf(name),
      generation: 1,
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
    },
    spec: { replicas, selector: { matchLabels: { app: "web" } }, template: aTemplate(image) },
    status: { replicas, availableReplicas: available, readyReplicas: available, observedGeneration: 1 },
  };
};

export const aStatefulSet = (spec: Partial<StatefulSet["spec"]> = {}): StatefulSet => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "shop", uid: uidOf("db"), generation: 1 },
  spec: {
    replicas: 3,
    serviceName: "db",
    selector: { matchLabels: { app: "web" } },
    template: aTemplate(),
    ...spec,
  },
});

export const aJob = (spec: Partial<Job["spec"]> = {}, status?: Job["status"]): Job => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "task", namespace: "shop", uid: uidOf("task"), generation: 1 },
  spec: { completions: 1, parallelism: 1, template: aTemplate(), ...spec },
  ...(status && { status }),
});

export const aService = (spec: Partial<Service["spec"]> = {}): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop", uid: uidOf("svc-web") },
  spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
});
