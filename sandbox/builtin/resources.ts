// The table of built-in kinds.
import type { BuiltinResource } from "./types.ts";

/** Every built-in kind the server knows. */
export const builtinResources: readonly BuiltinResource[] = [];

/** The kind behind `/apis/GROUP/VERSION/.../PLURAL`, if the server knows it. */
export function findBuiltin(group: string, version: string, plural: string): BuiltinResource | undefined {
  return builtinResources.find((r) => r.group === group && r.version === version && r.plural === plural);
}
