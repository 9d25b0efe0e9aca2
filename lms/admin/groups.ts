// Declared groups and who is in them. Groups made on the site itself are left alone.
import type { Change, DirectoryDocument, ProblemDetail } from "../../api/index.ts";
import type { Transaction } from "../db/index.ts";
import { fieldUpdates } from "./changes.ts";
import { inUse } from "./in-use.ts";
import { AdminProblem, problemOf } from "./problem.ts";

interface GroupRow {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly managed: boolean;
  /** Names of the accounts in it. */
  readonly members: readonly string[];
}

const GROUPS = `
  SELECT g.id, g.name, g.title, g.managed, ARRAY(
    SELECT a.name FROM group_member m JOIN account a ON a.id = m.account_id WHERE m.group_id = g.id) AS members
  FROM user_group g WHERE g.managed OR g.name = ANY($1)`;

/** Makes the declared groups what the document says; its users must be applied before. */
export async function applyGroups(tx: Transaction, { groups, users }: DirectoryDocument): Promise<Change[]> {
  refuseUnknownMembers(groups, new Set(users.map((user) => user.name)));
  const rows = await tx.query<GroupRow>(GROUPS, [groups.map((group) => group.name)]);
  const existing = new Map(rows.map((row) => [row.name, row]));
  const changes: Change[] = [];
  for (const [i, { name, title, members = [] }] of groups.entries()) {
    const before = existing.get(name);
    existing.delete(name);
    if (before && !before.managed)
      throw new AdminProblem("ManagedByAnother", {
        detail: `group "${name}" exists on the site and was not declared`,
        remedy: "Choose another name for the declared group.",
        pointer: `/groups/${i}/name`,
      });
    const id = before?.id ?? (await createGroup(tx, name, title));
    if (!before) changes.push({ op: "create", path: `groups/${name}` });
    else if (before.title !== title) {
      await tx.execute("UPDATE user_group SET title = $2 WHERE id = $1", [id, title]);
      changes.push(...fieldUpdates(`groups/${name}`, { title: before.title }, { title }));
    }
    changes.push(...(await applyMembers(tx, { id, name }, before?.members ?? [], members)));
  }
  for (const { id, name } of existing.values()) {
    const bindings = await tx.query<{ name: string }>(
      "SELECT binding AS name FROM binding_subject WHERE group_id = $1 ORDER BY binding LIMIT 10",
      [id],
    );
    if (bindings.length > 0) throw inUse("group", name, bindings, "/groups");
    await tx.execute("DELETE FROM user_group WHERE id = $1", [id]);
    changes.push({ op: "remove", path: `groups/${name}` });
  }
  return changes;
}

function refuseUnknownMembers(groups: DirectoryDocument["groups"], users: ReadonlySet<string>): void {
  const errors: ProblemDetail[] = groups.flatMap((group, i) =>
    (group.members ?? []).flatMap((member, j) =>
      users.has(member)
        ? []
        : [{ pointer: `/groups/${i}/members/${j}`, detail: `group "${group.name}" names user "${member}"` }],
    ),
  );
  if (errors.length > 0)
    throw problemOf(
      "UserNotFound",
      errors,
      "Declare the user in the same document or take it out of the group.",
    );
}

async function createGroup(tx: Transaction, name: string, title: string): Promise<number> {
  const row = await tx.first<{ id: number }>(
    "INSERT INTO user_group (name, title, managed) VALUES ($1, $2, true) RETURNING id",
    [name, title],
  );
  if (!row) throw new Error(`group ${name} was not made`);
  return row.id;
}

async function applyMembers(
  tx: Transaction,
  group: { readonly id: number; readonly name: string },
  before: readonly string[],
  after: readonly string[],
): Promise<Change[]> {
  const [was, is] = [new Set(before), new Set(after)];
  const added = [...is.difference(was)].sort();
  const removed = [...was.difference(is)].sort();
  if (added.length > 0)
    await tx.execute(
      "INSERT INTO group_member (group_id, account_id) SELECT $1, id FROM account WHERE name = ANY($2)",
      [group.id, added],
    );
  if (removed.length > 0)
    await tx.execute(
      `DELETE FROM group_member m USING account a
       WHERE m.group_id = $1 AND a.id = m.account_id AND a.name = ANY($2)`,
      [group.id, removed],
    );
  const member = (name: string): string => `groups/${group.name}/members/${name}`;
  return [
    ...added.map((name): Change => ({ op: "create", path: member(name) })),
    ...removed.map((name): Change => ({ op: "remove", path: member(name) })),
  ];
}
