// Pod and container security after the Pod Security Standard "restricted" (Kubernetes docs).

/** The user that the runtime's image runs as (Dockerfile). */
export const RUNTIME_UID = 65532;

/** Security of a pod that runs as `uid` and owns its volumes. */
export function podSecurity(uid: number) {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
