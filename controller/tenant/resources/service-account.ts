import type { LmsTenant } from "../../../api/index.ts";
import type { ServiceAccount } from "../../engine/index.ts";
import { childMeta, names } from "../names.ts";

/** The runtime's identity: it has none towards the API server. */
export function serviceAccount(tenant: LmsTenant): ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: childMeta(tenant, names(tenant.metadata.name).runtime, "lms"),
    automountServiceAccountToken: false,
  };
}
