// Every pod a tenant gets fits the Pod Security Standard "restricted" (Kubernetes docs: Pod Security Standards).
import { describe, expect, test } from "vitest";
import type { Deployment, Job, StatefulSet } from "../../engine/index.ts";
import type { LmsTenant } from "../../../api/index.ts";
import { backupJob } from "../../backup/job.ts";
import { aBackup, aTenant } from "../../testing/manifests.ts";
import { databaseStatefulSet } from "./database.ts";
import { runtimeDeployment } from "./deployment.ts";

type PodSpec = NonNullable<
  NonNullable<NonNullable<(Deployment | Job | StatefulSet)["spec"]>["template"]>["spec"]
>;

const VOLUME_KINDS = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

/** What of the standard a pod breaks, in the words of the standard. */
function violations(pod: PodSpec): string[] {
  const found: string[] = [];
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) found.push("host namespaces");
  for (const volume of pod.volumes ?? []) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    if (!kinds.every((kind) => VOLUME_KINDS.includes(kind))) found.push(`volume ${volume.name}`);
  }
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const own = container.securityContext ?? {};
    const say = (what: string): void => void found.push(`${container.name}: ${what}`);
    if (own.privileged) say("privileged");
    if (own.allowPrivilegeEscalation !== false) say("allowPrivilegeEscalation");
    if ((own.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) !== true) say("runAsNonRoot");
    if ((own.runAsUser ?? pod.securityContext?.runAsUser) === 0) say("runAsUser 0");
    const seccomp = (own.seccompProfile ?? pod.securityContext?.seccompProfile)?.type;
    if (seccomp !== "RuntimeDefault" && seccomp !== "Localhost") say("seccompProfile");
    if (!own.capabilities?.drop?.includes("ALL")) say("capabilities.drop");
    if ((own.capabilities?.add ?? []).some((name) => name !== "NET_BIND_SERVICE")) say("capabilities.add");
    if (container.ports?.some((port) => port.hostPort !== undefined)) say("hostPort");
  }
  return found;
}

const standalone = { image: "postgres:18", storage: { size: "10Gi" } };
const inBucket = aTenant({
  backup: {
    destination: {
      s3: {
        bucket: "site-backups",
        secretRef: { name: "s3" },
        caConfigMapRef: { name: "ca", key: "ca.crt" },
      },
    },
  },
});
const onVolume = aTenant({ backup: { destination: { volume: { size: "5Gi" } } } });
const backupOf = (tenant: LmsTenant): Job => {
  const { backup } = tenant.spec;
  if (backup === undefined) throw new Error("the tenant has no backups");
  return backupJob(tenant, aBackup(), backup, { image: "lms:1", createdAt: new Date() });
};
const PODS: readonly [string, Deployment | Job | StatefulSet][] = [
  ["a backup to a bucket", backupOf(inBucket)],
  ["a backup to a volume", backupOf(onVolume)],
  ["the runtime", runtimeDeployment(aTenant(), { image: "lms:1" })],
  ["three replicas of it", runtimeDeployment(aTenant({ replicas: 3 }), { image: "lms:1" })],
  [
    "the runtime on an external database",
    runtimeDeployment(aTenant({ database: { external: { secretRef: { name: "pg" } } } }), {
      image: "lms:1",
      credentialsDigest: "abc",
    }),
  ],
  ["the database", databaseStatefulSet(aTenant(), standalone)],
];

describe.each(PODS)("%s", (_, workload) => {
  const pod = workload.spec?.template.spec as PodSpec;

  test("is restricted", () => expect(violations(pod)).toEqual([]));

  test("has a read-only file system and no token of the API server", () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    for (const container of pod.containers)
      expect(container.securityContext?.readOnlyRootFilesystem).toBe(true);
  });

  test("is selected by labels that never change", () => {
    expect(workload.spec?.template.metadata?.labels).toMatchObject(
      workload.spec?.selector?.matchLabels ?? {},
    );
  });
});

test("the check itself finds what is wrong", () => {
  const bad = { containers: [{ name: "x", ports: [{ containerPort: 1, hostPort: 1 }] }], hostNetwork: true };
  expect(violations(bad as unknown as PodSpec)).toEqual([
    "host namespaces",
    "x: allowPrivilegeEscalation",
    "x: runAsNonRoot",
    "x: seccompProfile",
    "x: capabilities.drop",
    "x: hostPort",
  ]);
});
