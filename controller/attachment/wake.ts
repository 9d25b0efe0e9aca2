// Which events of a tenant concern what is attached to it. Pure.
import type { LmsTenant as LmsTenantObject } from "../../api/index.ts";
import type { CacheEvent } from "../engine/index.ts";
import type { LmsTenant } from "../kinds.ts";
import { concernOf } from "./attached.ts";

/** A tenant's status moves often; only a change of what they need wakes its Courses and RoleBindings. */
export function wakesAttached(event: CacheEvent<LmsTenant>): boolean {
  if (event.type !== "update") return true;
  return (
    concernOf(event.object as unknown as LmsTenantObject) !==
    concernOf(event.old as unknown as LmsTenantObject)
  );
}
