// What an LMS did, in a few words. Pure.
import type { Change } from "../../api/index.ts";

const MOST_NAMED = 6;

const PAST: Readonly<Record<Exclude<Change["op"], "update">, string>> = {
  create: "created",
  archive: "archived",
  restore: "restored",
  remove: "removed",
};

/** Changes by their paths: `users/ada (created), site.title and 3 more`. */
export function changesText(changes: readonly Change[]): string {
  const named = changes
    .slice(0, MOST_NAMED)
    .map(({ op, path }) => (op === "update" ? path : `${path} (${PAST[op]})`));
  const more = changes.length - named.length;
  return `${named.join(", ") || "nothing"}${more > 0 ? ` and ${more} more` : ""}`;
}
