// Page queries: one prepared statement that checks the session and reads all that a page shows.
import { SIGNED_IN_SQL, type SessionRow } from "../accounts/sessions.ts";
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
 * A page query. Its body may read the visitor from `who` (the columns of SESSION_SQL; empty for a stranger) and the
 * grants they hold now from `held` (role, permissions, scope, scope_key), takes its own params from $4 on, and yields
 * one row or none.
 */
export function pageQuery<Row extends object>(body: string): PageQuery<Row> {
  return { body, text: answering(SIGNED_IN_SQL, body) };
}

/** Runs a page query for an account without a session: for tests and for reports nobody signed in for. */
export async function forAccount<Row extends object>(
  db: Queryable,
  accountId: number | undefined,
  query: PageQuery<Row>,
  params: readonly unknown[] = [],
): Promise<Row | undefined> {
  const who = `SELECT $1::bigint AS account_id
    WHERE $1::bigint IS NOT NULL AND $2::int IS NULL AND $3::int IS NULL`;
  const row = await db.first<PageRow<Row>>(answering(who, query.body), [
    accountId ?? null,
    null,
    null,
    ...params,
  ]);
  return row?.found === true ? row : undefined;
}

// What the visitor holds is found once: the view behind it is most of the cost of planning and running a page's query.
const answering = (signedIn: string, body: string): string => `
  WITH signed_in AS MATERIALIZED (${signedIn}),
  held AS MATERIALIZED (
    SELECT role, permissions, scope, scope_key FROM effective_grant
    WHERE account_id = (SELECT account_id FROM signed_in)
  ),
  who AS MATERIALIZED (
    SELECT signed_in.*, EXISTS (
        SELECT 1 FROM held WHERE scope = 'site' AND 'site.administer' = ANY (permissions)
      ) AS is_administrator
    FROM signed_in
  )
  SELECT visitor.who, page.*
  FROM (SELECT (SELECT to_json(who) FROM who) AS who) visitor
  LEFT JOIN LATERAL (SELECT true AS found, body.* FROM (${body}) body LIMIT 1) page ON true`;

/** The visitor's account in SQL; null for a stranger. */
export const ME = "(SELECT account_id FROM who)";

/** Whether a row `g` of `held` reaches a course `c`: by the course itself, its category, or the whole site. */
export const heldOn = (g: string, c: string): string =>
  `(${g}.scope = 'site' OR (${g}.scope = 'category' AND ${g}.scope_key = ${c}.category)
    OR (${g}.scope = 'course' AND ${g}.scope_key = ${c}.key))`;
