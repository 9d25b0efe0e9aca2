// What an applied object says of its declaration. Inside an atomic value (a selector, a rule of a NetworkPolicy) the live
// object alone cannot tell a default of the server from something we declared before and do not declare any more: the
// digest of what was applied can. Pure.
import { createHash } from "node:crypto";
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
  return createHash("sha256").update(JSON.stringify(told, sorted)).digest("hex").slice(0, 16);
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
