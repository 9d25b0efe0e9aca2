// Whether a site is being put back just now.
import type { KubeObject, Live, ReconcileContext } from "../engine/index.ts";
import { Restore } from "../kinds.ts";
import { isOver } from "../runs/id.ts";

/** The Restore in place of the tenant with the context's key that is not over, if there is one. */
export function restoreUnderWay({
  cache,
  key,
}: Pick<ReconcileContext<KubeObject>, "cache" | "key">): Live<Restore> | undefined {
  return cache(Restore)
    .list(key.namespace)
    .find((one) => one.spec.mode === "InPlace" && one.spec.tenantRef.name === key.name && !isOver(one));
}
