// From a request's body to a result, for each kind of document: validated, digested, prepared, applied.
import {
  type ApplyResult,
  bindingDocument,
  type CourseDocument,
  courseDocument,
  digestOf,
  type DirectoryDocument,
  directoryDocument,
  type Finding,
  type RemovalGuard,
  siteDocument,
  validate,
  withoutPasswords,
} from "../../api/index.ts";
import { prepareCourse } from "../courses/prepare.ts";
import { publishCourse, removeCourse } from "../courses/publish.ts";
import type { Database } from "../db/index.ts";
import { applyDocument, removeDocument, unchanged } from "./apply.ts";
import { applyBinding, removeBinding } from "./bindings.ts";
import { applyDirectory } from "./directory.ts";
import { refuseFindings } from "./problem.ts";
import {
  bindingFindings,
  courseDocumentFindings,
  directoryFindings,
  siteFindings,
  textFindings,
} from "./rules.ts";
import { applySite, renderSite } from "./site.ts";
import { hashNewPasswords } from "./users.ts";

/** The value when it fits its schema and its rules; otherwise the problem is thrown. */
function accepted<T>(
  result:
    { readonly ok: true; readonly value: T } | { readonly ok: false; readonly findings: readonly Finding[] },
  rules: (value: T) => Finding[],
): T {
  if (!result.ok) {
    refuseFindings("InvalidDocument", result.findings);
    throw new Error("a document was refused without a finding");
  }
  refuseFindings("InvalidContent", [...textFindings(result.value), ...rules(result.value)]);
  return result.value;
}

/**
 * The four kinds of documents. A digest is that of the document as sent: it is taken before the validator fills in
 * defaults, so that the controller computes the same from what it sends.
 */
export function documents(db: Database) {
  return {
    async putSite(body: unknown, dryRun: boolean): Promise<ApplyResult> {
      const digest = digestOf(body ?? null);
      const site = accepted(validate(siteDocument, body), siteFindings);
      const request = { kind: "site", key: "", digest, dryRun } as const;
      const same = await unchanged(db, request);
      if (same) return same;
      const texts = await renderSite(site);
      return applyDocument(db, { ...request, work: (tx) => applySite(tx, site, texts) });
    },

    async putDirectory(body: unknown, dryRun: boolean, guard?: RemovalGuard): Promise<ApplyResult> {
      const digest = digestOf(redacted(body ?? null));
      const directory = accepted(validate(directoryDocument, body), directoryFindings);
      const request = { kind: "directory", key: "", digest, dryRun, guard } as const;
      const same = await unchanged(db, request);
      if (same) return same;
      const hashes = await hashNewPasswords(db, directory.users);
      return applyDocument(db, { ...request, work: (tx) => applyDirectory(tx, directory, hashes) });
    },

    async putCourse(key: string, body: unknown, dryRun: boolean, guard?: RemovalGuard): Promise<ApplyResult> {
      const digest = digestOf(body ?? null);
      const course: CourseDocument = accepted(validate(courseDocument, body), courseDocumentFindings);
      const request = { kind: "course", key, digest, dryRun, guard, manager: course.manager } as const;
      const same = await unchanged(db, request);
      if (same) return { ...same, archivedItems: await archivedItems(db, key) };
      const prepared = await prepareCourse(key, course);
      return applyDocument(db, { ...request, work: (tx) => publishCourse(tx, prepared) });
    },

    async putBinding(
      name: string,
      body: unknown,
      dryRun: boolean,
      guard?: RemovalGuard,
    ): Promise<ApplyResult> {
      const digest = digestOf(body ?? null);
      const binding = accepted(validate(bindingDocument, body), bindingFindings);
      const request = {
        kind: "binding",
        key: name,
        digest,
        dryRun,
        guard,
        manager: binding.manager,
      } as const;
      return (
        (await unchanged(db, request)) ??
        applyDocument(db, { ...request, work: (tx) => applyBinding(tx, name, binding) })
      );
    },

    deleteCourse: (key: string, manager: string, dryRun: boolean): Promise<ApplyResult> =>
      removeDocument(db, { kind: "course", key, dryRun, work: (tx) => removeCourse(tx, key, manager) }),

    deleteBinding: (name: string, manager: string, dryRun: boolean): Promise<ApplyResult> =>
      removeDocument(db, {
        kind: "binding",
        key: name,
        dryRun,
        work: (tx) => removeBinding(tx, name, manager),
      }),
  };
}

/** A directory without its passwords; whatever is no directory stays what it is, for the validator to refuse. */
function redacted(body: unknown): unknown {
  const users = (body as { users?: unknown } | null)?.users;
  const fits = Array.isArray(users) && users.every((user) => user !== null && typeof user === "object");
  return fits ? withoutPasswords(body as DirectoryDocument) : body;
}

async function archivedItems(db: Database, key: string): Promise<number> {
  const row = await db.first<{ count: number }>(
    `SELECT count(*) AS count FROM item i JOIN course c ON c.id = i.course_id
     WHERE c.key = $1 AND i.archived_at IS NOT NULL`,
    [key],
  );
  return row?.count ?? 0;
}
