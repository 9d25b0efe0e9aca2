// Volumes for clusters that make none by themselves: without a default StorageClass a claim would wait for ever.
import { type KubeObject, Pod, resourceType } from "../../../controller/engine/index.ts";
import type { TestCluster } from "../../support/cluster.ts";

const StorageClass = resourceType({
  group: "storage.k8s.io",
  version: "v1",
  plural: "storageclasses",
  kind: "StorageClass",
  namespaced: false,
});
const PersistentVolume = resourceType<KubeObject & { spec: object }>({
  group: "",
  version: "v1",
  plural: "persistentvolumes",
  kind: "PersistentVolume",
  namespaced: false,
});

/** `postgres` in the official image. */
export const POSTGRES_UID = 999;

const FOLDER = "/var/lib/provost-test";
const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

/** A claim that is going to be made. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  /** Capacity as a quantity, at least what the claim asks for. */
  readonly size: string;
  /** The account that will write to it. */
  readonly uid: number;
}

/**
 * Makes a volume for a claim where the cluster would not: a folder of the node, for one-node test clusters.
 * `image` is one that has `node`. Returns what takes the volume away again.
 */
export async function volumeFor(
  cluster: TestCluster,
  claim: Claim,
  image: string,
): Promise<() => Promise<void>> {
  const classes = await cluster.client.list(StorageClass);
  if (classes.items.some((one) => one.metadata.annotations?.[DEFAULT_CLASS] === "true"))
    return async () => {};
  const name = `${claim.namespace}-${claim.name}`;
  const at = JSON.stringify(`${FOLDER}/${name}`);
  // fsGroup does not reach into hostPath volumes, and kubelet makes their folders for root: an init process of our own.
  const make = `fs.mkdirSync(${at}, { recursive: true }); fs.chownSync(${at}, ${claim.uid}, ${claim.uid})`;
  await onNode(cluster, claim.namespace, `make-${claim.name}`, make, image);
  await cluster.client.create(PersistentVolume, {
    metadata: { name },
    spec: {
      capacity: { storage: claim.size },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: `${FOLDER}/${name}` },
      claimRef: { namespace: claim.namespace, name: claim.name },
    },
  });
  return async () => {
    await cluster.client.delete(PersistentVolume, { namespace: "", name });
    await onNode(
      cluster,
      claim.namespace,
      `drop-${claim.name}`,
      `fs.rmSync(${at}, { recursive: true })`,
      image,
    );
  };
}

/** Runs a line of JavaScript as root on the node, with the folder of all test volumes mounted where it is. */
async function onNode(
  cluster: TestCluster,
  namespace: string,
  name: string,
  script: string,
  image: string,
): Promise<void> {
  await cluster.client.create(Pod, {
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      containers: [
        {
          name: "node",
          image,
          imagePullPolicy: "IfNotPresent",
          command: ["node", "-e", script],
          securityContext: { runAsUser: 0 },
          volumeMounts: [{ name: "volumes", mountPath: FOLDER }],
        },
      ],
      volumes: [{ name: "volumes", hostPath: { path: FOLDER, type: "DirectoryOrCreate" } }],
    },
  });
  const ended = await cluster.until(`pod ${namespace}/${name} has ended`, async () => {
    const { status } = await cluster.client.get(Pod, { namespace, name });
    return status?.phase === "Succeeded" || status?.phase === "Failed" ? status : undefined;
  });
  if (ended.phase === "Failed")
    throw new Error(
      `pod ${namespace}/${name} failed: ${JSON.stringify(ended.containerStatuses?.[0]?.state)}`,
    );
  await cluster.client.delete(Pod, { namespace, name });
}
