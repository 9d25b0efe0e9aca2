// A Job that runs the runtime's image once, beside the database, with a deadline, and leaves a report behind. Pure.
import type { LmsTenant } from "../../api/index.ts";
import type { Job } from "../engine/index.ts";
import { childMeta, type Component, labels, names } from "../tenant/names.ts";
import { computeResources } from "../tenant/resources/compute.ts";
import { CONTAINER_SECURITY, podSecurity, RUNTIME_UID } from "../tenant/resources/security.ts";
import type { EnvVar, Place } from "./place.ts";

/** The kubelet's default, which the pod's status gets at the end (Kubernetes docs: "Determine the Reason for Pod Failure"). */
export const TERMINATION_LOG = "/dev/termination-log";
/** Tries after the first: a database or a bucket may be away for a moment. */
const RETRIES = 2;
/** How long a finished Job is kept for who wants to read its log, unless something else is said. */
const KEEP_SECONDS = 24 * 3_600;

export interface RunInput {
  /** Name of the Job. */
  readonly name: string;
  readonly component: Component;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly image: string;
  /** What the image is to do, e.g. `["lms", "backup"]`. */
  readonly args: readonly string[];
  readonly env: readonly EnvVar[];
  readonly places: readonly Place[];
  readonly deadlineMinutes: number;
  /** How long a finished Job is kept with its pods, and what is on their disks. */
  readonly keepSeconds?: number;
  /** Tries after the first; 2 when absent. */
  readonly retries?: number;
  readonly resources: Parameters<typeof computeResources>[0];
  /** Containers that run beside it and end with it (Kubernetes docs: "Sidecar Containers"), and their volumes. */
  readonly sidecars?: readonly object[];
  readonly volumes?: readonly object[];
}

/** The Job of a run of the tenant's runtime. */
export function runtimeJob(tenant: LmsTenant, input: RunInput): Job {
  const { component, env, places, sidecars = [], volumes = [] } = input;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...childMeta(tenant, input.name, component),
      ...(input.annotations && { annotations: { ...input.annotations } }),
    },
    spec: {
      backoffLimit: input.retries ?? RETRIES,
      activeDeadlineSeconds: input.deadlineMinutes * 60,
      ttlSecondsAfterFinished: input.keepSeconds ?? KEEP_SECONDS,
      template: {
        metadata: { labels: labels(tenant.metadata.name, component) },
        spec: {
          restartPolicy: "Never",
          serviceAccountName: names(tenant.metadata.name).runtime,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: podSecurity(RUNTIME_UID),
          ...(sidecars.length > 0 && { initContainers: sidecars as never }),
          containers: [
            {
              name: component,
              image: input.image,
              imagePullPolicy: "IfNotPresent",
              args: [...input.args],
              terminationMessagePolicy: "FallbackToLogsOnError",
              env: [...env, ...places.flatMap((place) => place.env)] as never,
              resources: computeResources(input.resources, {
                requests: { cpu: "50m", memory: "128Mi" },
                limits: { memory: "384Mi" },
              }),
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: "tmp", mountPath: "/tmp" },
                ...(places.flatMap((place) => place.mounts) as never[]),
              ],
            },
          ],
          volumes: [
            { name: "tmp", emptyDir: {} },
            ...(places.flatMap((place) => place.volumes) as never[]),
            ...(volumes as never[]),
          ],
        },
      },
    },
  };
}
