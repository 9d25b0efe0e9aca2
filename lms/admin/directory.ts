// PUT /admin/v1/directory: roles, accounts, groups, in the order they refer to each other.
import type { Change, DirectoryDocument } from "../../api/index.ts";
import type { Transaction } from "../db/index.ts";
import type { Applied } from "./apply.ts";
import { fieldUpdates, same } from "./changes.ts";
import { applyGroups } from "./groups.ts";
import { inUse } from "./in-use.ts";
import { applyUsers, type PasswordHashes } from "./users.ts";

/** Makes the directory what the document says. `hashes` holds what `hashNewPasswords` found to be new. */
export async function applyDirectory(
  tx: Transaction,
  directory: DirectoryDocument,
  hashes: PasswordHashes,
): Promise<Applied> {
  return {
    changes: [
      ...(await applyRoles(tx, directory.roles)),
      ...(await applyUsers(tx, directory.users, hashes)),
      ...(await applyGroups(tx, directory)),
    ],
  };
}

interface RoleRow {
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
}

/** Built-in roles stay; declared ones are all there are beside them. */
async function applyRoles(tx: Transaction, declared: DirectoryDocument["roles"]): Promise<Change[]> {
  const changes: Change[] = [];
  const existing = new Map(
    (await tx.query<RoleRow>("SELECT name, title, permissions FROM role WHERE NOT built_in")).map(
      ({ name, ...role }) => [name, role],
    ),
  );
  for (const { name, title, permissions } of declared) {
    const before = existing.get(name);
    existing.delete(name);
    if (before && same(before, { title, permissions })) continue;
    if (!before) changes.push({ op: "create", path: `roles/${name}` });
    else changes.push(...fieldUpdates(`roles/${name}`, before, { title, permissions }));
    await tx.execute(
      `INSERT INTO role (name, title, permissions) VALUES ($1, $2, $3)
       ON CONFLICT (name) DO UPDATE SET title = excluded.title, permissions = excluded.permissions`,
      [name, title, permissions],
    );
  }
  for (const name of existing.keys()) {
    const bindings = await tx.query<{ name: string }>(
      "SELECT name FROM binding WHERE role = $1 ORDER BY name LIMIT 10",
      [name],
    );
    if (bindings.length > 0) throw inUse("role", name, bindings, "/roles");
    await tx.execute("DELETE FROM role WHERE name = $1", [name]);
    changes.push({ op: "remove", path: `roles/${name}` });
  }
  return changes;
}
