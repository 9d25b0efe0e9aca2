// Names the fields that other managers hold, worded like kube-apiserver.
import type { FieldSet } from "./field-set.ts";
import type { Hold } from "./managers.ts";
import { printElement } from "./path-element.ts";
import type { Conflict } from "./types.ts";

/** One conflict per held field, by manager. */
export function listConflicts(
  held: readonly { readonly hold: Hold; readonly fields: FieldSet }[],
): Conflict[] {
  return held
    .map(({ hold, fields }) => ({ manager: printManager(hold), fields }))
    .sort((a, b) => (a.manager < b.manager ? -1 : a.manager > b.manager ? 1 : 0))
    .flatMap(({ manager, fields }) =>
      [...fields.paths()].map((path) => ({ manager, field: path.map(printElement).join("") })),
    );
}

function printManager({ manager, operation, apiVersion, subresource }: Hold): string {
  const where = subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${where}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}

/** The message of the 409: `Apply failed with 1 conflict: conflict with "kubectl" using v1: .spec.replicas`. */
export function conflictMessage(conflicts: readonly Conflict[]): string {
  const [only] = conflicts;
  if (only && conflicts.length === 1)
    return `Apply failed with 1 conflict: conflict with ${only.manager}: ${only.field}`;
  const managers = Map.groupBy(conflicts, ({ manager }) => manager);
  const told = [...managers].map(
    ([manager, fields]) =>
      `conflicts with ${manager}:\n${fields.map(({ field }) => `- ${field}`).join("\n")}`,
  );
  return `Apply failed with ${conflicts.length} conflicts: ${told.join("\n")}`;
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
