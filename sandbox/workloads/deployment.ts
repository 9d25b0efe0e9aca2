// Deployment -> ReplicaSets: carries out what deployment-plan.ts decides.
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchMapped, watchOwn, watchOwned } from "./context.ts";
import {
  hashLabel,
  newReplicaSet,
  planDeployment,
  revisionAnnotation,
  revisionOf,
  rollingLimits,
  sameTemplate,
} from "./deployment-plan.ts";
import { deploymentStatus } from "./deployment-status.ts";
import { startLoop } from "./loop.ts";
import { controllerOf, isOwnedBy, ownedBy, shortHash, splitKey } from "./meta.ts";
import type { Deployment, ReplicaSet } from "./objects.ts";
import { resources } from "./objects.ts";
import { ownedPods } from "./pods.ts";

const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxAnnotation = "deployment.kubernetes.io/max-replicas";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

const annotationsFor = (deployment: Deployment, revision: number): Record<string, string> => {
  const { [lastApplied]: _applied, ...inherited } = deployment.metadata.annotations ?? {};
  const replicas = deployment.spec.replicas ?? 1;
  return {
    ...inherited,
    [revisionAnnotation]: String(revision),
    [desiredAnnotation]: String(replicas),
    [maxAnnotation]: String(replicas + rollingLimits(deployment).maxSurge),
  };
};

function replicaSetFor(deployment: Deployment, replicas: number, revision: number, hash: string): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? "",
      labels,
      annotations: annotationsFor(deployment, revision),
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

export function startDeployments({ cluster, log, now, recorder }: ControllerContext): Stop {
  const event = recorder("deployment-controller");

  /** Makes the ReplicaSet of the present template; another owner of its name raises collisionCount. */
  const create = (deployment: Deployment, replicas: number, revision: number): void => {
    const collisions = deployment.status?.collisionCount ?? 0;
    const set = replicaSetFor(
      deployment,
      replicas,
      revision,
      shortHash([deployment.spec.template, collisions]),
    );
    const there = cluster.get(resources.replicaSets, set.metadata.namespace, set.metadata.name);
    if (there !== undefined && !sameTemplate((there as ReplicaSet).spec.template, deployment.spec.template)) {
      const status = { ...deployment.status, collisionCount: collisions + 1 };
      cluster.updateStatus(resources.deployments, { ...deployment, status });
      return;
    }
    cluster.create(resources.replicaSets, set);
    event(
      deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`,
    );
  };

  const scale = (deployment: Deployment, set: ReplicaSet, to: number): void => {
    const from = set.spec.replicas ?? 1;
    const annotations = { ...set.metadata.annotations };
    annotations[desiredAnnotation] = String(deployment.spec.replicas ?? 1);
    cluster.update(resources.replicaSets, {
      ...set,
      metadata: { ...set.metadata, annotations },
      spec: { ...set.spec, replicas: to },
    });
    const direction = to > from ? "up" : "down";
    event(
      deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`,
    );
  };

  /** The newest template carries the highest revision, also when an old one came back (a rollback). */
  const numberRevision = (deployment: Deployment, sets: readonly ReplicaSet[]): void => {
    const current = newReplicaSet(deployment, sets);
    if (current === undefined) return;
    const highestOld = Math.max(0, ...sets.filter((set) => set !== current).map(revisionOf));
    const revision = Math.max(revisionOf(current), highestOld + (revisionOf(current) > highestOld ? 0 : 1));
    const annotations = { ...current.metadata.annotations, [revisionAnnotation]: String(revision) };
    if (revisionOf(current) !== revision) {
      cluster.update(resources.replicaSets, { ...current, metadata: { ...current.metadata, annotations } });
    }
    if (revisionOf(deployment) !== revision) {
      cluster.update(resources.deployments, {
        ...deployment,
        metadata: {
          ...deployment.metadata,
          annotations: { ...deployment.metadata.annotations, [revisionAnnotation]: String(revision) },
        },
      });
    }
  };

  const read = (namespace: string, name: string): Deployment | undefined =>
    cluster.get(resources.deployments, namespace, name) as Deployment | undefined;
  const setsOf = (deployment: Deployment): ReplicaSet[] =>
    cluster
      .list(resources.replicaSets, { namespace: deployment.metadata.namespace ?? "" })
      .filter((set) => isOwnedBy(set, deployment)) as ReplicaSet[];

  const loop = startLoop(
    "deployment",
    (key) => {
      const [namespace, name] = splitKey(key);
      const deployment = read(namespace, name);
      if (deployment === undefined) return undefined;
      const sets = setsOf(deployment);
      const current = newReplicaSet(deployment, sets);
      const pods = cluster.list(resources.pods, { namespace });
      const oldPods = sets
        .filter((set) => set !== current)
        .reduce((count, set) => count + ownedPods(set, pods).length, 0);
      const plan = planDeployment(deployment, sets, oldPods);
      if (plan.create !== undefined) {
        create(deployment, plan.create, Math.max(0, ...sets.map(revisionOf)) + 1);
      }
      for (const { set, to } of plan.scale) scale(deployment, set, to);
      for (const set of plan.prune) cluster.delete(resources.replicaSets, namespace, set.metadata.name);
      if (deployment.spec.paused !== true) numberRevision(deployment, setsOf(deployment));

      const live = read(namespace, name);
      if (live === undefined) return undefined;
      const { status, againMs } = deploymentStatus(live, setsOf(live), now());
      cluster.updateStatus(resources.deployments, { ...live, status });
      return againMs;
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.deployments, loop),
    watchOwned(cluster, resources.replicaSets, "Deployment", loop),
    // Recreate waits for the last old pod to be really gone.
    watchMapped(cluster, resources.pods, loop, (pod, type) => {
      const owner = type === "DELETED" ? controllerOf(pod) : undefined;
      if (owner?.kind !== "ReplicaSet") return [];
      const set = cluster.get(resources.replicaSets, pod.metadata.namespace, owner.name);
      const deployment = set && controllerOf(set);
      return deployment ? [`${pod.metadata.namespace}/${deployment.name}`] : [];
    }),
    loop.stop,
  );
}
