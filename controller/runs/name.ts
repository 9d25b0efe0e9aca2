// Names of runs, made of the tenant's and of what tells one run from another. Pure.
import { createHash } from "node:crypto";

/** The longest name of a Backup or Restore: its Job and the Job's pods are named after it. */
export const LONGEST_NAME = 52;

/** `<tenant>-<end>`, cut to what it may be; two long names that begin alike stay two. */
export function nameOfRun(tenant: string, end: string, longest = LONGEST_NAME): string {
  const room = longest - end.length - 1;
  if (tenant.length <= room) return `${tenant}-${end}`;
  const hash = createHash("sha256").update(tenant).digest("hex").slice(0, 6);
  return `${tenant.slice(0, room - hash.length - 1).replace(/[-.]+$/, "")}-${hash}-${end}`;
}
