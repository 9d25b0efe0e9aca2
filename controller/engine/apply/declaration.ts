// What an applied object says of its declaration. Inside an atomic value (a selector, a rule of a NetworkPolicy) the live
// object alone cannot tell a default of the server from something we declared before and do not declare any more: the
// digest of what was applied can. Pure.
import { hash } from "node:crypto";
import type { KubeObject } from "../client/object.ts";

/** The annotation with the digest of the declaration, e.g. `provost/declared`. */
export function declarationKey(fieldManager: string): string {
  return `${fieldManager}/declared`;
}

/**
 * The declaration with its own digest in an annotation. Values of Secrets are not in it: a digest of a password that
 * everybody may read is a gift to those who guess.
 */
export function withDigest<T extends KubeObject>(declared: T, fieldManager: string): T {
  const annotations = {
    ...declared.metadata?.annotations,
    [declarationKey(fieldManager)]: digestOf(declared),
  };
  return { ...declared, metadata: { ...declared.metadata, annotations } };
}

/** Whether the live object was applied from another declaration than this one. */
export function redeclared(declared: KubeObject, live: KubeObject, fieldManager: string): boolean {
  const key = declarationKey(fieldManager);
  return declared.metadata?.annotations?.[key] !== live.metadata?.annotations?.[key];
}

function digestOf(declared: KubeObject): string {
  const { data, ...rest } = declared as KubeObject & { data?: Readonly<Record<string, unknown>> };
  const told = declared.kind === "Secret" ? { ...rest, data: Object.keys(data ?? {}).sort() } : declared;
  return hash("sha256", sorted(told)).slice(0, 16);
}

/** JSON with sorted keys. The engine imports nothing of ours, so it has its own. */
function sorted(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(sorted).join()}]`;
  // Runs for every declared object of every reconcile: no arrays in between.
  const fields = value as Readonly<Record<string, unknown>>;
  let text = "";
  for (const name of Object.keys(fields).sort()) {
    if (fields[name] === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${sorted(fields[name])}`;
  }
  return `{${text}}`;
}
