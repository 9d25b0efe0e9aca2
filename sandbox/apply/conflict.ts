// Words conflicts the way kube-apiserver does.
import type { Conflict } from "./types.ts";

/** The message of the 409: `Apply failed with 1 conflict: conflict with "kubectl" using v1: .spec.replicas`. */
export function conflictMessage(_conflicts: readonly Conflict[]): string {
  throw new Error("not there yet");
}

/** The causes of the 409's Status details. */
export function conflictCauses(
  conflicts: readonly Conflict[],
): { reason: string; message: string; field: string }[] {
  return conflicts.map(({ manager, field }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field,
  }));
}
