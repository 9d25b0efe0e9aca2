// Page queries: one prepared statement that checks the session and reads all that a page shows.
import { SESSION_SQL, type SessionRow } from "../accounts/sessions.ts";
import type { Queryable } from "../db/index.ts";

/** A prepared page query whose rows are of the type named. */
export interface PageQuery<Row extends object> {
  readonly body: string;
  readonly text: string;
  /** Never set: carries the type. */
  readonly row?: Row;
}

/** What a page query answers with. `found` is null when the body had no row. */
export type PageRow<Row> = { readonly who: SessionRow | null } & (
  ({ readonly found: true } & Row) | { readonly found: null }
);

/**
 * A page query. Its body may read the visitor from `who` (the columns of SESSION_SQL; empty for a stranger), takes its
 * own params from $4 on, and yields one row or none.
 */
export function pageQuery<Row extends object>(body: string): PageQuery<Row> {
  return { body, text: answering(SESSION_SQL, body) };
}

/** Runs a page query for an account without a session: for tests and for reports nobody signed in for. */
export async function forAccount<Row extends object>(
  db: Queryable,
  accountId: number | undefined,
  query: PageQuery<Row>,
  params: readonly unknown[] = [],
): Promise<Row | undefined> {
  const who = `SELECT $1::bigint AS account_id, false AS is_administrator
    WHERE $1::bigint IS NOT NULL AND $2::int IS NULL AND $3::int IS NULL`;
  const row = await db.first<PageRow<Row>>(answering(who, query.body), [
    accountId ?? null,
    null,
    null,
    ...params,
  ]);
  return row?.found === true ? row : undefined;
}

const answering = (who: string, body: string): string => `
  WITH who AS MATERIALIZED (${who})
  SELECT visitor.who, page.*
  FROM (SELECT (SELECT to_json(who) FROM who) AS who) visitor
  LEFT JOIN LATERAL (SELECT true AS found, body.* FROM (${body}) body LIMIT 1) page ON true`;

/** The visitor's account in SQL; null for a stranger. */
export const ME = "(SELECT account_id FROM who)";
