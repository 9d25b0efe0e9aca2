// Sessions on the server: the cookie holds a random token, the table its SHA-256 (OWASP session management).
import { createHash, randomBytes } from "node:crypto";
import type { Database, Queryable } from "../db/index.ts";
import type { SiteCache } from "../site/cache.ts";

/** Who asks, as every page needs it. */
export interface Session {
  readonly accountId: number;
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  /** Goes into the hidden field `csrf` of every form. */
  readonly csrf: string;
  /** Holds `site.administer` on the site now. */
  readonly isAdministrator: boolean;
}

export interface Sessions {
  /**
   * The session of a token, or undefined when there is none, it is over, or its account may not be signed in any more.
   * One query; never cached, so revocation holds at the next request.
   */
  load(token: string): Promise<Session | undefined>;
  /** $1, $2 and $3 of SESSION_SQL, for pages that read the session and what they show in one query. */
  params(token: string | undefined): readonly [Buffer | null, number, number];
  /** The session a row of SESSION_SQL stands for; notes now and then that it is in use. */
  seen(token: string, row: SessionRow): Promise<Session>;
  /** Begins a session; the token goes into the cookie and is kept nowhere else. */
  start(accountId: number): Promise<string>;
  end(token: string): Promise<void>;
}

/** SHA-256 of a token: what the table knows. */
export function tokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Ends the sessions of accounts, all but the one with `keepTokenHash`. */
export async function endSessions(
  on: Queryable,
  accountIds: readonly number[],
  keepTokenHash?: Buffer,
): Promise<number> {
  return on.execute(
    "DELETE FROM session WHERE account_id = ANY($1::bigint[]) AND ($2::bytea IS NULL OR token_hash <> $2)",
    [accountIds, keepTokenHash ?? null],
  );
}

/** The session that holds now and its account, or no row. Params: see `Sessions.params`. */
export const SIGNED_IN_SQL = `
  SELECT s.account_id, a.name, a.display_name, a.email, s.csrf_token,
    s.last_seen_at < now() - interval '1 minute' AS stale
  FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.token_hash = $1 AND s.expires_at > now() AND s.created_at > now() - $3 * interval '1 hour'
    AND s.last_seen_at > now() - $2 * interval '1 minute'
    AND NOT a.suspended AND a.archived_at IS NULL`;

/** As SIGNED_IN_SQL, and whether the account administers the site now. */
export const SESSION_SQL = `
  SELECT signed_in.*, EXISTS (
      SELECT 1 FROM effective_grant g
      WHERE g.account_id = signed_in.account_id AND g.scope = 'site' AND 'site.administer' = ANY(g.permissions)
    ) AS is_administrator
  FROM (${SIGNED_IN_SQL}) signed_in`;

/** A row of SESSION_SQL. */
export interface SessionRow {
  readonly account_id: number;
  readonly name: string;
  readonly display_name: string;
  readonly email: string;
  readonly csrf_token: string;
  readonly stale: boolean;
  readonly is_administrator: boolean;
}

/** Sessions within the limits of the site's access policy, which hold for sessions already begun as well. */
export function createSessions(db: Database, site: SiteCache): Sessions {
  return {
    params(token) {
      const { sessionIdleMinutes, sessionMaxHours } = site.current().document.access;
      // Ours are 32 bytes in base64url; nothing else is worth looking for.
      const known = token !== undefined && /^[A-Za-z0-9_-]{43}$/.test(token);
      return [known ? tokenHash(token) : null, sessionIdleMinutes, sessionMaxHours];
    },
    async seen(token, row) {
      // Written at most once a minute: a page read must not cost a write.
      if (row.stale)
        await db.execute("UPDATE session SET last_seen_at = now() WHERE token_hash = $1", [tokenHash(token)]);
      return {
        accountId: row.account_id,
        name: row.name,
        displayName: row.display_name,
        email: row.email,
        csrf: row.csrf_token,
        isAdministrator: row.is_administrator,
      };
    },
    async load(token) {
      const params = this.params(token);
      const row = params[0] === null ? undefined : await db.first<SessionRow>(SESSION_SQL, params);
      return row && this.seen(token, row);
    },
    async start(accountId) {
      const token = randomBytes(32).toString("base64url");
      await db.execute(
        `INSERT INTO session (token_hash, account_id, csrf_token, expires_at)
         VALUES ($1, $2, $3, now() + $4 * interval '1 hour')`,
        [
          tokenHash(token),
          accountId,
          randomBytes(24).toString("base64url"),
          site.current().document.access.sessionMaxHours,
        ],
      );
      return token;
    },
    async end(token) {
      await db.execute("DELETE FROM session WHERE token_hash = $1", [tokenHash(token)]);
    },
  };
}
