// StatefulSet -> Pods and claims: carries out what statefulset-plan.ts decides and keeps the revision history.
import { ApiError } from "../apiserver/status.ts";
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchMapped, watchOwn, watchOwned } from "./context.ts";
import { startLoop } from "./loop.ts";
import { canonical, isOwnedBy, ownedBy, shortHash, splitKey } from "./meta.ts";
import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
  StatefulSet,
} from "./objects.ts";
import { resources } from "./objects.ts";
import { ownedPods, podFromTemplate } from "./pods.ts";
import {
  ordinalOf,
  planStatefulSet,
  podIndexLabel,
  podNameLabel,
  revisionLabel,
} from "./statefulset-plan.ts";

/** The name of the claim that a template makes for one pod. */
export const claimName = (template: string, set: string, ordinal: number): string =>
  `${template}-${set}-${ordinal}`;

/** The pod `name-ordinal` of a StatefulSet, its claims mounted under the names of their templates. */
export function statefulPod(
  set: StatefulSet,
  template: PodTemplateSpec,
  ordinal: number,
  revision: string,
): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const pod = podFromTemplate(set, template, {
    name,
    labels: { [revisionLabel]: revision, [podNameLabel]: name, [podIndexLabel]: String(ordinal) },
  });
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata?.name ?? "",
    persistentVolumeClaim: {
      claimName: claimName(claim.metadata?.name ?? "", set.metadata.name, ordinal),
    },
  }));
  const others = (pod.spec.volumes ?? []).filter(
    (volume) => !claims.some((claim) => claim.name === volume.name),
  );
  pod.spec = {
    ...pod.spec,
    hostname: name,
    ...(set.spec.serviceName !== undefined &&
      set.spec.serviceName !== "" && { subdomain: set.spec.serviceName }),
    volumes: [...claims, ...others],
  };
  return pod;
}

export function startStatefulSets({ cluster, log, now, recorder }: ControllerContext): Stop {
  const event = recorder("statefulset-controller");

  const revisionsOf = (set: StatefulSet): ControllerRevision[] =>
    (
      cluster
        .list(resources.controllerRevisions, { namespace: set.metadata.namespace ?? "" })
        .filter((revision) => isOwnedBy(revision, set)) as ControllerRevision[]
    ).sort((a, b) => a.revision - b.revision);

  /** The revision of the present template: found, renumbered as the newest, or made. */
  const updateRevision = (set: StatefulSet, known: ControllerRevision[]): ControllerRevision => {
    const data = { spec: { template: set.spec.template } };
    const newest = known.at(-1);
    const same = known.find((revision) => canonical(revision.data) === canonical(data));
    if (same !== undefined && same === newest) return same;
    const number = (newest?.revision ?? 0) + 1;
    if (same !== undefined) {
      return cluster.update(resources.controllerRevisions, {
        ...same,
        revision: number,
      }) as ControllerRevision;
    }
    const hash = shortHash(data);
    return cluster.create(resources.controllerRevisions, {
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name: `${set.metadata.name}-${hash}`,
        namespace: set.metadata.namespace ?? "",
        labels: { ...set.spec.template.metadata?.labels, "controller.kubernetes.io/hash": hash },
        ownerReferences: [ownedBy(set)],
      },
      data,
      revision: number,
    } as ControllerRevision) as ControllerRevision;
  };

  const ensureClaims = (set: StatefulSet, ordinal: number): void => {
    const namespace = set.metadata.namespace ?? "";
    const owned = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Delete";
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const name = claimName(template.metadata?.name ?? "", set.metadata.name, ordinal);
      if (cluster.get(resources.persistentVolumeClaims, namespace, name) !== undefined) continue;
      const claim: PersistentVolumeClaim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          namespace,
          labels: { ...template.metadata?.labels, ...set.spec.selector.matchLabels },
          ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
          ...(owned && {
            ownerReferences: [{ ...ownedBy(set), blockOwnerDeletion: false, controller: false }],
          }),
        },
        spec: structuredClone(template.spec),
      };
      cluster.create(resources.persistentVolumeClaims, claim);
      event(
        set,
        "Normal",
        "SuccessfulCreate",
        `create Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name} success`,
      );
    }
  };

  /** `whenScaled: Delete`: the claims of ordinals that are no longer wanted go, once their pods have. */
  const dropScaledClaims = (set: StatefulSet, pods: readonly Pod[]): void => {
    if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return;
    const namespace = set.metadata.namespace ?? "";
    const start = set.spec.ordinals?.start ?? 0;
    const end = start + (set.spec.replicas ?? 1);
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const prefix = `${template.metadata?.name ?? ""}-${set.metadata.name}`;
      for (const claim of cluster.list(resources.persistentVolumeClaims, { namespace })) {
        const ordinal = ordinalOf(prefix, claim.metadata.name);
        const unused =
          ordinal !== undefined &&
          (ordinal < start || ordinal >= end) &&
          !pods.some((pod) => pod.metadata.name === `${set.metadata.name}-${ordinal}`);
        if (unused && claim.metadata.deletionTimestamp === undefined) {
          cluster.delete(resources.persistentVolumeClaims, namespace, claim.metadata.name);
        }
      }
    }
  };

  const pruneRevisions = (set: StatefulSet, known: ControllerRevision[], live: Set<string>): void => {
    const unused = known.filter((revision) => !live.has(revision.metadata.name));
    const surplus = unused.length - (set.spec.revisionHistoryLimit ?? 10);
    for (const revision of unused.slice(0, Math.max(0, surplus))) {
      cluster.delete(resources.controllerRevisions, set.metadata.namespace, revision.metadata.name);
    }
  };

  const reconcile = (set: StatefulSet): number | undefined => {
    const namespace = set.metadata.namespace ?? "";
    const pods = ownedPods(set, cluster.list(resources.pods, { namespace }));
    const known = revisionsOf(set);
    const update = updateRevision(set, known);
    const updateName = update.metadata.name;
    const current =
      known.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    const plan = planStatefulSet(set, pods, current.metadata.name, updateName, now());
    for (const { ordinal, revision } of plan.create) {
      const template = (revision === updateName ? update : current).data?.spec?.template ?? set.spec.template;
      const name = `${set.metadata.name}-${ordinal}`;
      try {
        ensureClaims(set, ordinal);
        cluster.create(resources.pods, statefulPod(set, template, ordinal, revision));
      } catch (error) {
        // A namesake that is still on its way out is no failure.
        if (!(error instanceof ApiError && error.code === 409)) {
          const why = error instanceof Error ? error.message : String(error);
          const what = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${why}`;
          event(set, "Warning", "FailedCreate", what);
        }
        throw error;
      }
      event(
        set,
        "Normal",
        "SuccessfulCreate",
        `create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      );
    }
    for (const pod of plan.remove) {
      cluster.delete(resources.pods, namespace, pod.metadata.name);
      event(
        set,
        "Normal",
        "SuccessfulDelete",
        `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
      );
    }
    dropScaledClaims(set, pods);
    const done = plan.completed
      ? { currentRevision: updateName, currentReplicas: plan.counts.updatedReplicas ?? 0 }
      : {};
    cluster.updateStatus(resources.statefulSets, { ...set, status: { ...plan.counts, ...done } });
    const live = new Set([current.metadata.name, updateName]);
    for (const pod of pods) live.add(pod.metadata.labels?.[revisionLabel] ?? "");
    pruneRevisions(set, known, live);
    return plan.againMs;
  };

  const loop = startLoop(
    "statefulset",
    (key) => {
      const set = cluster.get(resources.statefulSets, ...splitKey(key)) as StatefulSet | undefined;
      return set === undefined || set.metadata.deletionTimestamp !== undefined ? undefined : reconcile(set);
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.statefulSets, loop),
    watchOwned(cluster, resources.pods, "StatefulSet", loop),
    // A pod of the same name that belonged to somebody else has gone: its place is free.
    watchMapped(cluster, resources.pods, loop, (pod, type) => {
      const owner = pod.metadata.name.replace(/-\d+$/, "");
      return type === "DELETED" ? [`${pod.metadata.namespace}/${owner}`] : [];
    }),
    loop.stop,
  );
}
