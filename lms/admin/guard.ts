// A slip of a template must not empty a site: what would take away a large part of its people, items or grants at once is
// refused until somebody has acknowledged exactly that.
import { type Change, digestOf, type RemovalGuard } from "../../api/index.ts";
import type { Queryable } from "../db/index.ts";
import { AdminProblem } from "./problem.ts";
import type { DocumentKind } from "./state.ts";

interface Guarded {
  /** For people. */
  readonly what: string;
  /** In the document. */
  readonly pointer: string;
  /** The changes that are about them. */
  readonly path: RegExp;
  /** How many there are, of the document with key $1. */
  readonly count: string;
}

/** Archived or removed makes no difference here: either is gone for visitors. */
const GUARDED: Readonly<Record<DocumentKind, readonly Guarded[]>> = {
  site: [],
  directory: [
    {
      what: "declared users",
      pointer: "/users",
      path: /^users\/([^/]+)$/,
      count: "SELECT count(*) AS count FROM account WHERE managed AND archived_at IS NULL AND $1 = ''",
    },
    {
      what: "members of groups",
      pointer: "/groups",
      path: /^groups\/([^/]+\/members\/.+)$/,
      count:
        "SELECT count(*) AS count FROM group_member m JOIN user_group g ON g.id = m.group_id WHERE g.managed AND $1 = ''",
    },
  ],
  course: [
    {
      what: "items",
      pointer: "/modules",
      path: /^items\/([^/]+)$/,
      count:
        "SELECT count(*) AS count FROM item i JOIN course c ON c.id = i.course_id WHERE c.key = $1 AND i.archived_at IS NULL",
    },
  ],
  binding: [
    {
      what: "subjects",
      pointer: "/subjects",
      path: /^bindings\/.+\/subjects\/(.+)$/,
      count: "SELECT count(*) AS count FROM binding_subject WHERE binding = $1",
    },
  ],
};

/** Names of what would go that are told. */
const NAMED = 10;

/** How many there are of everything that is guarded; to be asked before anything is changed. */
export async function countGuarded(tx: Queryable, kind: DocumentKind, key: string): Promise<number[]> {
  const counts: number[] = [];
  for (const { count } of GUARDED[kind])
    counts.push((await tx.first<{ count: number }>(count, [key]))?.count ?? 0);
  return counts;
}

/** @throws AdminProblem `RemovalGuard` when more would go than may, and it was not acknowledged */
export function refuseRemoval(
  { kind, key, guard }: { readonly kind: DocumentKind; readonly key: string; readonly guard: RemovalGuard },
  before: readonly number[],
  changes: readonly Change[],
): void {
  const gone = changes.filter(({ op }) => op === "archive" || op === "remove");
  const removed = GUARDED[kind].flatMap(({ path }) =>
    gone.flatMap((change) => (path.test(change.path) ? [change.path] : [])),
  );
  const digest = digestOf({ kind, key, removed: removed.toSorted() });
  if (guard.acknowledge === digest) return;
  for (const [index, { what, pointer, path }] of GUARDED[kind].entries()) {
    const names = gone.flatMap((change) => path.exec(change.path)?.[1] ?? []);
    const count = before[index] ?? 0;
    const allowed = Math.max(guard.allowedRemovals, Math.floor((count * guard.maxRemovalPercent) / 100));
    if (names.length <= allowed) continue;
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
    throw new AdminProblem("RemovalGuard", {
      pointer,
      digest,
      detail: `${pointer}: ${names.length} of ${count} ${what} would go (${names.slice(0, NAMED).join(", ")}${more}), and ${allowed} may at once; nothing was changed`,
      remedy: "Put them back, or acknowledge with the digest that exactly these are to go.",
    });
  }
}
