// Two tenants cannot serve one hostname: the older one keeps it. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { namespaceOf } from "./names.ts";

/** The tenant that holds this one's hostname, if it is another. `rivals` are all tenants with that hostname. */
export function hostnameHolder(tenant: LmsTenant, rivals: readonly LmsTenant[]): LmsTenant | undefined {
  const [holder] = [...rivals]
    .filter(
      (rival) => rival.metadata.deletionTimestamp === undefined || rival.metadata.uid === tenant.metadata.uid,
    )
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return holder === undefined || holder.metadata.uid === tenant.metadata.uid ? undefined : holder;
}

function rank({ metadata }: LmsTenant): string {
  return `${metadata.creationTimestamp ?? ""} ${namespaceOf({ metadata })}/${metadata.name}`;
}
