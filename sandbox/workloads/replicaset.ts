// ReplicaSet -> Pods: carries out what replicaset-plan.ts decides.
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchOwn, watchOwned } from "./context.ts";
import { startLoop } from "./loop.ts";
import { splitKey } from "./meta.ts";
import type { ReplicaSet } from "./objects.ts";
import { resources } from "./objects.ts";
import { ownedPods, podFromTemplate } from "./pods.ts";
import { planReplicaSet } from "./replicaset-plan.ts";

export function startReplicaSets({ cluster, log, now, recorder }: ControllerContext): Stop {
  const event = recorder("replicaset-controller");

  const loop = startLoop(
    "replicaset",
    (key) => {
      const [namespace, name] = splitKey(key);
      const set = cluster.get(resources.replicaSets, namespace, name) as ReplicaSet | undefined;
      if (set === undefined) return undefined;
      const pods = ownedPods(set, cluster.list(resources.pods, { namespace }));
      const plan = planReplicaSet(set, pods, now());
      for (let made = 0; made < plan.create; made += 1) {
        const pod = cluster.create(
          resources.pods,
          podFromTemplate(set, set.spec.template, { name: "", generateName: `${name}-` }),
        );
        event(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name}`);
      }
      for (const pod of plan.remove) {
        cluster.delete(resources.pods, namespace, pod.metadata.name);
        event(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
      }
      // What was just made or removed comes back as a watch event and is counted then.
      const conditions = set.status?.conditions;
      cluster.updateStatus(resources.replicaSets, {
        ...set,
        status: { ...(conditions && { conditions }), ...plan.status },
      });
      return plan.againMs;
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.replicaSets, loop),
    watchOwned(cluster, resources.pods, "ReplicaSet", loop),
    loop.stop,
  );
}
