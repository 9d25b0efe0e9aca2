// How much a document may take away at once: the tenant's rule, and what somebody has acknowledged on the object.
import type { LmsTenant, RemovalGuard } from "../../api/index.ts";
import type { Live } from "../engine/index.ts";
import { ACKNOWLEDGE } from "./errors.ts";

/** @param object whose document it is */
export function guardOf(
  { spec }: Pick<LmsTenant, "spec">,
  { metadata }: { readonly metadata: Pick<Live["metadata"], "annotations"> },
): RemovalGuard {
  const acknowledge = metadata.annotations?.[ACKNOWLEDGE];
  return { ...spec.guard, ...(acknowledge !== undefined && { acknowledge }) };
}
