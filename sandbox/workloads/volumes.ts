// PersistentVolumeClaims: each gets a volume (a folder), bound at once; reclaim policies are honoured and a claim in
// use is not removed under its pod. How the folder is mounted is the node's business.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ControllerContext, Stop } from "./context.ts";
import { stopAll, watchMapped, watchOwn } from "./context.ts";
import { startLoop } from "./loop.ts";
import { splitKey } from "./meta.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "./objects.ts";
import { resources } from "./objects.ts";
import { isFinished } from "./pods.ts";

export const defaultStorageClass = "sandbox";
export const claimFinalizer = "kubernetes.io/pvc-protection";
export const provisioner = "sandbox.provost.dev/folder";
const provisionedBy = "pv.kubernetes.io/provisioned-by";

/** Whether a pod keeps the claim from being removed. */
export const usesClaim = (pod: Pod, claim: string): boolean =>
  !isFinished(pod) &&
  (pod.spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim?.claimName === claim);

/** The volume made for a claim. */
export function provisionedVolume(
  claim: PersistentVolumeClaim,
  reclaimPolicy: string,
  path: string,
): PersistentVolume {
  const { name, namespace, uid } = claim.metadata;
  const storage = claim.spec.resources?.requests?.["storage"];
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: provisioner } },
    spec: {
      capacity: { storage: storage ?? "1Gi" },
      accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
      hostPath: { path, type: "DirectoryOrCreate" },
      claimRef: {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        namespace: namespace ?? "",
        name,
        uid: uid ?? "",
      },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: claim.spec.storageClassName ?? defaultStorageClass,
      volumeMode: "Filesystem",
    },
  };
}

/** `removeFolder` also removes what the node has placed elsewhere for the folder. */
export function startVolumes(
  { cluster, volumesDir, log, recorder }: ControllerContext,
  removeFolder: (path: string) => void = (path) => rmSync(path, { recursive: true, force: true }),
): Stop {
  const event = recorder("persistentvolume-controller");

  if (cluster.get(resources.storageClasses, undefined, defaultStorageClass) === undefined) {
    const storageClass: StorageClass = {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: defaultStorageClass,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner,
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    };
    cluster.create(resources.storageClasses, storageClass);
  }

  const volumeFor = (claim: PersistentVolumeClaim): PersistentVolume | undefined => {
    const named = claim.spec.volumeName;
    if (named !== undefined && named !== "") {
      return cluster.get(resources.persistentVolumes, undefined, named) as PersistentVolume | undefined;
    }
    return (cluster.list(resources.persistentVolumes) as PersistentVolume[]).find((volume) => {
      const ref = volume.spec.claimRef;
      const mine = ref?.namespace === claim.metadata.namespace && ref?.name === claim.metadata.name;
      return mine && (ref?.uid === undefined || ref.uid === claim.metadata.uid);
    });
  };

  const provision = (claim: PersistentVolumeClaim): PersistentVolume | undefined => {
    const className = claim.spec.storageClassName ?? defaultStorageClass;
    const storageClass = cluster.get(resources.storageClasses, undefined, className) as
      StorageClass | undefined;
    if (storageClass === undefined) {
      event(
        claim,
        "Warning",
        "ProvisioningFailed",
        `storageclass.storage.k8s.io "${className}" not found; the sandbox provisions "${defaultStorageClass}"`,
      );
      return undefined;
    }
    const path = join(volumesDir, `pvc-${claim.metadata.uid}`);
    mkdirSync(path, { recursive: true });
    const volume = provisionedVolume(claim, storageClass.reclaimPolicy ?? "Delete", path);
    event(
      claim,
      "Normal",
      "ProvisioningSucceeded",
      `Successfully provisioned volume ${volume.metadata.name}`,
    );
    return cluster.create(resources.persistentVolumes, volume) as PersistentVolume;
  };

  const bind = (claim: PersistentVolumeClaim): void => {
    const volume = volumeFor(claim) ?? (claim.spec.volumeName ? undefined : provision(claim));
    if (volume === undefined) {
      cluster.updateStatus(resources.persistentVolumeClaims, { ...claim, status: { phase: "Pending" } });
      return;
    }
    let live = claim;
    if (claim.spec.volumeName !== volume.metadata.name) {
      const annotations = { ...claim.metadata.annotations, "pv.kubernetes.io/bind-completed": "yes" };
      live = cluster.update(resources.persistentVolumeClaims, {
        ...claim,
        metadata: { ...claim.metadata, annotations },
        spec: { ...claim.spec, volumeName: volume.metadata.name },
      }) as PersistentVolumeClaim;
    }
    if (volume.spec.claimRef?.uid !== claim.metadata.uid) {
      const { name, namespace = "", uid = "" } = claim.metadata;
      const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid };
      cluster.update(resources.persistentVolumes, { ...volume, spec: { ...volume.spec, claimRef } });
    }
    cluster.updateStatus(resources.persistentVolumeClaims, {
      ...live,
      status: {
        phase: "Bound",
        accessModes: volume.spec.accessModes ?? [],
        capacity: volume.spec.capacity ?? {},
      },
    });
  };

  const claims = startLoop(
    "persistentvolumeclaim",
    (key) => {
      const [namespace, name] = splitKey(key);
      const claim = cluster.get(resources.persistentVolumeClaims, namespace, name) as
        PersistentVolumeClaim | undefined;
      if (claim === undefined) return undefined;
      if (claim.metadata.deletionTimestamp === undefined) {
        bind(claim);
        return undefined;
      }
      const used = (cluster.list(resources.pods, { namespace }) as Pod[]).some((pod) => usesClaim(pod, name));
      if (!used && claim.metadata.finalizers?.includes(claimFinalizer) === true) {
        const finalizers = claim.metadata.finalizers.filter((finalizer) => finalizer !== claimFinalizer);
        cluster.update(resources.persistentVolumeClaims, {
          ...claim,
          metadata: { ...claim.metadata, finalizers },
        });
      }
      return undefined;
    },
    log,
  );

  const volumes = startLoop(
    "persistentvolume",
    (key) => {
      const [, name] = splitKey(key);
      const volume = cluster.get(resources.persistentVolumes, undefined, name) as
        PersistentVolume | undefined;
      if (volume === undefined) return undefined;
      const ref = volume.spec.claimRef;
      const claim =
        ref?.name === undefined
          ? undefined
          : cluster.get(resources.persistentVolumeClaims, ref.namespace, ref.name);
      const held = claim !== undefined && (ref?.uid === undefined || claim.metadata.uid === ref.uid);
      const phase = ref?.uid === undefined ? (held ? "Bound" : "Available") : held ? "Bound" : "Released";
      const reclaim = phase === "Released" && volume.spec.persistentVolumeReclaimPolicy === "Delete";
      if (reclaim && volume.metadata.annotations?.[provisionedBy] === provisioner) {
        if (volume.spec.hostPath !== undefined) removeFolder(volume.spec.hostPath.path);
        cluster.delete(resources.persistentVolumes, undefined, name);
        return undefined;
      }
      cluster.updateStatus(resources.persistentVolumes, { ...volume, status: { ...volume.status, phase } });
      return undefined;
    },
    log,
  );

  return stopAll(
    watchOwn(cluster, resources.persistentVolumeClaims, claims),
    watchMapped(cluster, resources.pods, claims, (pod) =>
      ((pod as Pod).spec.volumes ?? []).flatMap((volume) =>
        volume.persistentVolumeClaim === undefined
          ? []
          : [`${pod.metadata.namespace}/${volume.persistentVolumeClaim.claimName}`],
      ),
    ),
    watchOwn(cluster, resources.persistentVolumes, volumes),
    watchMapped(cluster, resources.persistentVolumeClaims, volumes, (claim) => {
      const name = (claim as PersistentVolumeClaim).spec.volumeName;
      return name ? [`/${name}`] : [];
    }),
    // A volume that appears (or is given to a claim) may be what a claim waits for.
    watchMapped(cluster, resources.persistentVolumes, claims, (volume) => {
      const ref = (volume as PersistentVolume).spec.claimRef;
      return ref?.name === undefined ? [] : [`${ref.namespace}/${ref.name}`];
    }),
    claims.stop,
    volumes.stop,
  );
}
