// Declared accounts: made, changed, archived or removed, restored. Accounts made on the site itself are left alone.
import type { Change, DirectoryDocument, ProblemDetail } from "../../api/index.ts";
import { hashPasswords } from "../accounts/passwords.ts";
import { endSessions } from "../accounts/sessions.ts";
import type { Queryable, Transaction } from "../db/index.ts";
import { fieldUpdates } from "./changes.ts";
import { problemOf } from "./problem.ts";

type User = DirectoryDocument["users"][number];

/** argon2id hashes by user name, of passwords whose fingerprint is new. */
export type PasswordHashes = ReadonlyMap<string, string>;

interface AccountRow {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly display_name: string;
  readonly suspended: boolean;
  readonly password_fingerprint: string | null;
  readonly managed: boolean;
  readonly archived: boolean;
}

const ACCOUNTS = `
  SELECT id, name, email, display_name, suspended, password_fingerprint, managed, archived_at IS NOT NULL AS archived
  FROM account WHERE managed OR name = ANY($1)`;

/**
 * Hashes the passwords whose fingerprint differs from the one applied last. Slow (22 ms each), so it is done before
 * the transaction; refuses a new fingerprint that brings no password.
 */
export async function hashNewPasswords(
  on: Queryable,
  users: readonly User[],
  known: PasswordHashes = new Map(),
): Promise<PasswordHashes> {
  const rows = await on.query<{ name: string; password_fingerprint: string | null }>(
    "SELECT name, password_fingerprint FROM account WHERE name = ANY($1)",
    [users.map((user) => user.name)],
  );
  const applied = new Map(rows.map((row) => [row.name, row.password_fingerprint]));
  const errors: ProblemDetail[] = [];
  const fresh: { readonly name: string; readonly password: string }[] = [];
  for (const [i, { name, passwordFingerprint, password }] of users.entries()) {
    if (applied.get(name) === passwordFingerprint || known.has(name)) continue;
    if (password === undefined)
      errors.push({
        pointer: `/users/${i}`,
        detail: `user "${name}" has a new passwordFingerprint but no password`,
      });
    else fresh.push({ name, password });
  }
  if (errors.length > 0)
    throw problemOf("InvalidDocument", errors, "Send the password along whenever its fingerprint is new.");
  const hashes = await hashPasswords(fresh.map((user) => user.password));
  return new Map([...known, ...fresh.map(({ name }, i) => [name, hashes[i] ?? ""] as const)]);
}

/** Makes the declared accounts what the document says. */
export async function applyUsers(
  tx: Transaction,
  users: readonly User[],
  prepared: PasswordHashes,
): Promise<Change[]> {
  const rows = await tx.query<AccountRow>(ACCOUNTS, [users.map((user) => user.name)]);
  const existing = new Map(rows.map((row) => [row.name, row]));
  refuseForeignNames(users, existing);
  await refuseTakenEmails(tx, users);
  // All but always a look-up that finds nothing new: another replica may have been quicker since they were prepared.
  const hashes = await hashNewPasswords(tx, users, prepared);

  const declared = new Set(users.map((user) => user.name));
  const gone = rows.filter((row) => !declared.has(row.name) && !row.archived);
  const changes = await withdraw(tx, gone);

  const known = users.flatMap((user) => {
    const row = existing.get(user.name);
    return row ? [{ user, row }] : [];
  });
  const moving = known.filter(({ user, row }) => user.email.toLowerCase() !== row.email.toLowerCase());
  // Addresses may change hands within one document: nobody holds any while they do.
  if (moving.length > 0)
    await tx.execute("UPDATE account SET email = id || '@moving.invalid' WHERE id = ANY($1::bigint[])", [
      moving.map(({ row }) => row.id),
    ]);
  for (const { user, row } of known) changes.push(...(await updateUser(tx, user, row, hashes)));

  const created = users.filter((user) => !existing.has(user.name));
  if (created.length > 0) await createUsers(tx, created, hashes);
  changes.push(...created.map((user): Change => ({ op: "create", path: `users/${user.name}` })));
  return changes;
}

function refuseForeignNames(users: readonly User[], existing: ReadonlyMap<string, AccountRow>): void {
  const errors = users.flatMap((user, i) => {
    const row = existing.get(user.name);
    if (!row || row.managed) return [];
    return [
      {
        pointer: `/users/${i}/name`,
        detail: `account "${user.name}" exists on the site and was not declared`,
      },
    ];
  });
  if (errors.length > 0)
    throw problemOf("ManagedByAnother", errors, "Choose another name for the declared user.");
}

async function refuseTakenEmails(tx: Transaction, users: readonly User[]): Promise<void> {
  const foreign = await tx.query<{ name: string; email: string }>(
    `SELECT name, lower(email) AS email FROM account
     WHERE NOT managed AND archived_at IS NULL AND lower(email) = ANY($1)`,
    [users.map((user) => user.email.toLowerCase())],
  );
  const holders = new Map(foreign.map((row) => [row.email, row.name]));
  const errors: ProblemDetail[] = [];
  for (const [i, user] of users.entries()) {
    const email = user.email.toLowerCase();
    const holder = holders.get(email);
    if (holder === undefined) holders.set(email, user.name);
    else
      errors.push({
        pointer: `/users/${i}/email`,
        detail: `"${user.email}" of user "${user.name}" is also the address of account "${holder}"`,
      });
  }
  if (errors.length > 0)
    throw problemOf("EmailTaken", errors, "Give one of the two accounts another address.");
}

/** Accounts no longer declared: kept where work or a binding hangs on them, otherwise removed. */
async function withdraw(tx: Transaction, gone: readonly AccountRow[]): Promise<Change[]> {
  if (gone.length === 0) return [];
  const ids = gone.map((row) => row.id);
  const kept = await tx.query<{ id: number }>(
    `SELECT id FROM account a WHERE id = ANY($1::bigint[]) AND (
       EXISTS (SELECT 1 FROM enrolment WHERE account_id = a.id)
       OR EXISTS (SELECT 1 FROM item_progress WHERE account_id = a.id)
       OR EXISTS (SELECT 1 FROM attempt WHERE account_id = a.id)
       OR EXISTS (SELECT 1 FROM binding_subject WHERE account_id = a.id))`,
    [ids],
  );
  const archived = new Set(kept.map((row) => row.id));
  await tx.execute(
    "UPDATE account SET archived_at = now(), updated_at = now() WHERE id = ANY($1::bigint[])",
    [[...archived]],
  );
  await endSessions(tx, [...archived]);
  await tx.execute("DELETE FROM account WHERE id = ANY($1::bigint[])", [
    ids.filter((id) => !archived.has(id)),
  ]);
  return gone.map((row) => ({ op: archived.has(row.id) ? "archive" : "remove", path: `users/${row.name}` }));
}

async function updateUser(
  tx: Transaction,
  user: User,
  row: AccountRow,
  hashes: PasswordHashes,
): Promise<Change[]> {
  const path = `users/${user.name}`;
  const changes: Change[] = row.archived ? [{ op: "restore", path }] : [];
  changes.push(
    ...fieldUpdates(
      path,
      { email: row.email, displayName: row.display_name, suspended: row.suspended },
      { email: user.email, displayName: user.displayName, suspended: user.suspended },
    ),
  );
  const newPassword = row.password_fingerprint !== user.passwordFingerprint;
  if (newPassword) changes.push({ op: "update", path: `${path}.password` });
  if (changes.length === 0) return [];
  await tx.execute(
    `UPDATE account SET email = $2, display_name = $3, suspended = $4, password_fingerprint = $5,
       password_hash = coalesce($6, password_hash), archived_at = NULL, updated_at = now()
     WHERE id = $1`,
    [
      row.id,
      user.email,
      user.displayName,
      user.suspended,
      user.passwordFingerprint,
      newPassword ? (hashes.get(user.name) ?? null) : null,
    ],
  );
  if (newPassword || (user.suspended && !row.suspended)) await endSessions(tx, [row.id]);
  return changes;
}

async function createUsers(tx: Transaction, users: readonly User[], hashes: PasswordHashes): Promise<void> {
  await tx.execute(
    `INSERT INTO account (name, email, display_name, suspended, password_fingerprint, password_hash, managed)
     SELECT u.*, true FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[]) AS u`,
    [
      users.map((user) => user.name),
      users.map((user) => user.email),
      users.map((user) => user.displayName),
      users.map((user) => user.suspended),
      users.map((user) => user.passwordFingerprint),
      users.map((user) => hashes.get(user.name) ?? null),
    ],
  );
}
