// Digest of a document: the same on both sides of the admin API, whatever the order of object keys.
import { createHash } from "node:crypto";
import type { DirectoryDocument } from "./documents.ts";

/** JSON with sorted object keys and without undefined members (after RFC 8785, for the values JSON.stringify prints). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** `sha256:` and 64 hexadecimal digits of the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return `sha256:${createHash("sha256").update(canonicalJson(value)).digest("hex")}`;
}

/** The directory without the passwords themselves: their fingerprints stand for them in the digest. */
export function withoutPasswords(directory: DirectoryDocument): DirectoryDocument {
  return { ...directory, users: directory.users.map(({ password: _, ...user }) => user) };
}
