// Two tenants cannot serve one hostname: who serves it keeps it, else the older one has it. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { namespaceOf } from "./names.ts";

/**
 * The tenant that holds this one's hostname, if it is another.
 * @param rivals all tenants with that hostname
 * @param serves whether a tenant has been serving the hostname it declares
 */
export function hostnameHolder(
  tenant: LmsTenant,
  rivals: readonly LmsTenant[],
  serves: (rival: LmsTenant) => boolean,
): LmsTenant | undefined {
  const rank = (rival: LmsTenant): string =>
    `${serves(rival) ? 0 : 1} ${rival.metadata.creationTimestamp ?? ""} ${namespaceOf(rival)}/${rival.metadata.name}`;
  const [holder] = rivals
    .filter(
      (rival) => rival.metadata.deletionTimestamp === undefined || rival.metadata.uid === tenant.metadata.uid,
    )
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return holder === undefined || holder.metadata.uid === tenant.metadata.uid ? undefined : holder;
}
