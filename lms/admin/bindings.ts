// PUT and DELETE /admin/v1/bindings/:name: one grant. Whether it holds now is the view effective_grant's business.
import type { BindingDocument, Change, ProblemCode, ProblemDetail } from "../../api/index.ts";
import type { Transaction } from "../db/index.ts";
import type { Applied } from "./apply.ts";
import { fieldUpdates } from "./changes.ts";
import { AdminProblem, problemOf } from "./problem.ts";

interface BindingRow {
  readonly manager: string;
  readonly role: string;
  readonly scope: "site" | "category" | "course";
  readonly scope_key: string | null;
  readonly not_before: Date | null;
  readonly expires_at: Date | null;
}

/** A subject resolved; `label` is how changes name it. */
interface Subject {
  readonly account_id: number | null;
  readonly group_id: number | null;
  readonly label: string;
}

/** Makes a binding what the document says; refuses when it names somebody or something the site does not have. */
export async function applyBinding(
  tx: Transaction,
  name: string,
  document: BindingDocument,
): Promise<Applied> {
  const before = await bindingRow(tx, name);
  if (before) refuseForeign(name, before.manager, document.manager);
  const subjects = await resolve(tx, document);
  const { scope } = document;
  const after: BindingRow = {
    manager: document.manager,
    role: document.role,
    scope: scope.course !== undefined ? "course" : scope.category !== undefined ? "category" : "site",
    scope_key: scope.course ?? scope.category ?? null,
    not_before: document.notBefore === undefined ? null : new Date(document.notBefore),
    expires_at: document.expiresAt === undefined ? null : new Date(document.expiresAt),
  };
  const path = `bindings/${name}`;
  const changes: Change[] = before
    ? fieldUpdates(path, spoken(before), spoken(after))
    : [{ op: "create", path }];
  if (changes.length > 0)
    await tx.execute(
      `INSERT INTO binding (name, manager, role, scope, scope_key, not_before, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (name) DO UPDATE SET role = excluded.role, scope = excluded.scope, scope_key = excluded.scope_key,
         not_before = excluded.not_before, expires_at = excluded.expires_at`,
      [name, after.manager, after.role, after.scope, after.scope_key, after.not_before, after.expires_at],
    );
  changes.push(...(await applySubjects(tx, name, subjects, before !== undefined)));
  return { changes };
}

/** Takes a grant back; one that is not there is fine. */
export async function removeBinding(tx: Transaction, name: string, manager: string): Promise<Applied> {
  const before = await bindingRow(tx, name);
  if (!before) return { changes: [] };
  refuseForeign(name, before.manager, manager);
  await tx.execute("DELETE FROM binding WHERE name = $1", [name]);
  return { changes: [{ op: "remove", path: `bindings/${name}` }] };
}

function bindingRow(tx: Transaction, name: string): Promise<BindingRow | undefined> {
  return tx.first<BindingRow>(
    "SELECT manager, role, scope, scope_key, not_before, expires_at FROM binding WHERE name = $1 FOR UPDATE",
    [name],
  );
}

function refuseForeign(name: string, holder: string, manager: string): void {
  if (holder === manager) return;
  throw new AdminProblem("ManagedByAnother", {
    detail: `binding "${name}" is declared by "${holder}", not by "${manager}"`,
    remedy: "Choose another name, or delete the other declaration first.",
    pointer: "/manager",
  });
}

const spoken = (row: BindingRow): Record<string, unknown> => ({
  role: row.role,
  scope: row.scope_key === null ? row.scope : `${row.scope} ${row.scope_key}`,
  notBefore: row.not_before,
  expiresAt: row.expires_at,
});

async function applySubjects(
  tx: Transaction,
  name: string,
  declared: readonly Subject[],
  existed: boolean,
): Promise<Change[]> {
  const rows = await tx.query<Subject>(
    `SELECT s.account_id, s.group_id, coalesce('user:' || a.name, 'group:' || g.name) AS label
     FROM binding_subject s LEFT JOIN account a ON a.id = s.account_id LEFT JOIN user_group g ON g.id = s.group_id
     WHERE s.binding = $1`,
    [name],
  );
  const is = new Map(declared.map((subject) => [subject.label, subject]));
  const was = new Map(rows.map((subject) => [subject.label, subject]));
  const added = [...is.values()].filter((subject) => !was.has(subject.label));
  const removed = [...was.values()].filter((subject) => !is.has(subject.label));
  if (added.length > 0)
    await tx.execute(
      "INSERT INTO binding_subject (binding, account_id, group_id) SELECT $1, s.* FROM unnest($2::bigint[], $3::bigint[]) AS s",
      [name, added.map((s) => s.account_id), added.map((s) => s.group_id)],
    );
  if (removed.length > 0)
    await tx.execute(
      "DELETE FROM binding_subject WHERE binding = $1 AND (account_id = ANY($2::bigint[]) OR group_id = ANY($3::bigint[]))",
      [name, removed.map((s) => s.account_id), removed.map((s) => s.group_id)],
    );
  if (!existed) return [];
  const path = (subject: Subject): string => `bindings/${name}/subjects/${subject.label}`;
  return [
    ...added.map((subject): Change => ({ op: "create", path: path(subject) })),
    ...removed.map((subject): Change => ({ op: "remove", path: path(subject) })),
  ];
}

/** Everything the document names, found; or the problem naming all that is missing, the first one's code in front. */
async function resolve(tx: Transaction, document: BindingDocument): Promise<Subject[]> {
  const missing: (ProblemDetail & { readonly code: ProblemCode })[] = [];
  const miss = (code: ProblemCode, pointer: string, what: string, remedy: string): void => {
    missing.push({ code, pointer, detail: `there is no ${what}`, remedy });
  };
  const { category, course } = document.scope;
  if (!(await tx.first("SELECT 1 FROM role WHERE name = $1", [document.role])))
    miss(
      "RoleNotFound",
      "/role",
      `role "${document.role}"`,
      "Declare the role or use a built-in one: administrator, instructor, learner, auditor.",
    );
  if (category !== undefined && !(await tx.first("SELECT 1 FROM category WHERE key = $1", [category])))
    miss(
      "CategoryNotFound",
      "/scope/category",
      `category "${category}"`,
      "Declare the category with the site first.",
    );
  if (
    course !== undefined &&
    !(await tx.first("SELECT 1 FROM course WHERE key = $1 AND archived_at IS NULL", [course]))
  )
    miss("CourseNotFound", "/scope/course", `course "${course}"`, "Publish the course first.");

  const found = await lookUp(tx, document.subjects);
  const subjects = new Map<string, Subject>();
  for (const [i, { user, email, group }] of document.subjects.entries()) {
    const subject =
      group !== undefined
        ? found.groups.get(group)
        : user !== undefined
          ? found.names.get(user)
          : found.emails.get((email ?? "").toLowerCase());
    if (subject) subjects.set(subject.label, subject);
    else if (group !== undefined)
      miss(
        "GroupNotFound",
        `/subjects/${i}/group`,
        `group "${group}"`,
        "Declare the group with the directory first.",
      );
    else {
      const field = user !== undefined ? "user" : "email";
      const what = user !== undefined ? `user "${user}"` : `user with the address "${email}"`;
      miss("UserNotFound", `/subjects/${i}/${field}`, what, "Declare the user with the directory first.");
    }
  }
  const [first] = missing;
  if (first)
    throw problemOf(
      first.code,
      missing.map(({ code: _, ...detail }) => detail),
      first.remedy ?? "",
    );
  return [...subjects.values()];
}

async function lookUp(tx: Transaction, subjects: BindingDocument["subjects"]) {
  const accounts = await tx.query<{ id: number; name: string; email: string }>(
    `SELECT id, name, lower(email) AS email FROM account
     WHERE archived_at IS NULL AND (name = ANY($1) OR lower(email) = ANY($2))`,
    [
      subjects.flatMap((subject) => subject.user ?? []),
      subjects.flatMap((subject) => subject.email?.toLowerCase() ?? []),
    ],
  );
  const groups = await tx.query<{ id: number; name: string }>(
    "SELECT id, name FROM user_group WHERE name = ANY($1)",
    [subjects.flatMap((subject) => subject.group ?? [])],
  );
  const account = (row: { id: number; name: string }): Subject => ({
    account_id: row.id,
    group_id: null,
    label: `user:${row.name}`,
  });
  return {
    names: new Map(accounts.map((row) => [row.name, account(row)])),
    emails: new Map(accounts.map((row) => [row.email, account(row)])),
    groups: new Map(
      groups.map((row) => [row.name, { account_id: null, group_id: row.id, label: `group:${row.name}` }]),
    ),
  };
}
