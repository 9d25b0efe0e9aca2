// How any document is applied: locked, in one transaction, dry or not, its digests kept. What it means is not known here.
import type { ApplyResult, Change, DocumentState, RemovalGuard } from "../../api/index.ts";
import type { Database, Transaction } from "../db/index.ts";
import { countGuarded, refuseRemoval } from "./guard.ts";
import { ABSENT, actualDigest, type DocumentKind, documentState } from "./state.ts";
import { inTurns } from "./turns.ts";

export interface Applied {
  readonly changes: readonly Change[];
  readonly archivedItems?: number;
}

export interface Request {
  readonly kind: DocumentKind;
  /** Key of the course, name of the binding; "" for site and directory. */
  readonly key: string;
  readonly dryRun: boolean;
  /** Absent: whatever the document takes away goes. */
  readonly guard?: RemovalGuard | undefined;
  /** Makes the database what is declared; called anew when a concurrent change got in the way. */
  readonly work: (tx: Transaction) => Promise<Applied>;
}

/** Carries the result of a dry run out of the transaction that is rolled back. */
class DryRun extends Error {
  readonly result: ApplyResult;

  constructor(result: ApplyResult) {
    super("dry run");
    this.result = result;
  }
}

/**
 * Applies a document with this digest. Nothing is written when nothing differs. Two at once of the same kind are taken
 * one after the other.
 */
export async function applyDocument(
  db: Database,
  request: Request & { readonly manager?: string; readonly digest: string },
): Promise<ApplyResult> {
  const { kind, key, digest } = request;
  return inTransaction(db, request, async (tx) => {
    const before = await documentState(tx, kind, key);
    // A dry run is how one looks at what would go.
    const guard = request.dryRun ? undefined : request.guard;
    const counts = guard && (await countGuarded(tx, kind, key));
    const applied = await request.work(tx);
    if (guard && counts) refuseRemoval({ kind, key, guard }, counts, applied.changes);
    const actual = await actualDigest(tx, kind, key);
    if (before?.applied !== digest || before.expected !== actual)
      await tx.execute(
        `INSERT INTO document (kind, key, manager, applied, expected) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (kind, key) DO UPDATE SET
           manager = excluded.manager, applied = excluded.applied, expected = excluded.expected, applied_at = now()`,
        [kind, key, request.manager ?? null, digest, actual],
      );
    return resultOf(request, applied, { applied: digest, expected: actual, actual });
  });
}

/** Takes back what a document declared. Its state afterwards is that of nothing. */
export async function removeDocument(db: Database, request: Request): Promise<ApplyResult> {
  return inTransaction(db, request, async (tx) => {
    const applied = await request.work(tx);
    await tx.execute("DELETE FROM document WHERE kind = $1 AND key = $2", [request.kind, request.key]);
    return resultOf(request, applied, { applied: ABSENT, expected: ABSENT, actual: ABSENT });
  });
}

/** The answer when this very document was applied last and nothing has changed since; saves rendering and locks. */
export async function unchanged(
  db: Database,
  { kind, key, digest, dryRun }: Omit<Request, "work"> & { readonly digest: string },
): Promise<ApplyResult | undefined> {
  const state = await documentState(db, kind, key);
  if (state?.applied !== digest || state.actual !== state.expected) return undefined;
  return { changed: false, dryRun, changes: [], state };
}

function resultOf({ dryRun }: Request, applied: Applied, state: DocumentState): ApplyResult {
  return {
    changed: applied.changes.length > 0,
    dryRun,
    changes: applied.changes,
    state,
    ...(applied.archivedItems !== undefined && { archivedItems: applied.archivedItems }),
  };
}

/** Any numbers as long as nothing else locks them. */
const LOCKS: Readonly<Record<DocumentKind, number>> = {
  site: 7_706_871,
  directory: 7_706_872,
  course: 7_706_873,
  binding: 7_706_874,
};
/** Held alone by what others refer to (site: categories; directory: roles, users), shared by what refers to it. */
const REFERENCES = 7_706_870;

/** Waits for the course lock; housekeeping takes it so that no blob goes while a course that needs it is published. */
export async function lockCourses(tx: Transaction): Promise<void> {
  await tx.execute(`SELECT pg_advisory_xact_lock(${LOCKS.course})`);
}

/** One at a time: the locks below would make most of them wait anyway, each with a connection in its hand. */
const inTurn = inTurns(1);

/** A learner's work arrived, or another replica was quicker, between a look and the write that relied on it. */
const RETRIED = new Set(["23503", "23505", "40001", "40P01"]);

async function inTransaction(
  db: Database,
  { kind, dryRun }: Request,
  work: (tx: Transaction) => Promise<ApplyResult>,
): Promise<ApplyResult> {
  const shared = kind === "course" || kind === "binding";
  for (let tries = 1; ; tries++) {
    try {
      return await inTurn(() =>
        db.transaction(async (tx) => {
          await tx.execute(`SELECT pg_advisory_xact_lock${shared ? "_shared" : ""}(${REFERENCES})`);
          await tx.execute(`SELECT pg_advisory_xact_lock(${LOCKS[kind]})`);
          const result = await work(tx);
          if (dryRun) throw new DryRun(result);
          return result;
        }),
      );
    } catch (error) {
      if (error instanceof DryRun) return error.result;
      if (tries < 3 && RETRIED.has((error as { code?: string }).code ?? "")) continue;
      throw error;
    }
  }
}
