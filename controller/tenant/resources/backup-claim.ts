// The volume that holds backups, where they go to one that the operator claims. It outlives the tenant. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import type { PersistentVolumeClaim } from "../../engine/index.ts";
import { childMeta, names } from "../names.ts";

/** The claim; `undefined` when backups go elsewhere. */
export function backupClaim(tenant: LmsTenant): PersistentVolumeClaim | undefined {
  const { volume } = tenant.spec.backup?.destination ?? {};
  if (volume?.size === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: childMeta(tenant, names(tenant.metadata.name).backupClaim, "backup"),
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: volume.size } },
      ...(volume.className === undefined ? {} : { storageClassName: volume.className }),
    },
  };
}
