// Signing in and changing one's password. Sessions and throttling live beside it; pages are lms/web's.
import type { Database } from "../db/index.ts";
import type { Metrics } from "../health/metrics.ts";
import { hashPassword, verifyPassword } from "./passwords.ts";
import { endSessions, type Sessions, tokenHash } from "./sessions.ts";
import { clearFailures, type Delay, noteFailure, pendingDelay } from "./throttle.ts";

export type SignInOutcome =
  | { readonly ok: true; readonly token: string }
  /** `WrongCredentials` says nothing of whether the account exists; `Suspended` only with the right password. */
  | { readonly ok: false; readonly reason: "WrongCredentials" | "Suspended" }
  | { readonly ok: false; readonly reason: "Throttled"; readonly retryAfterSeconds: number };

export type PasswordOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: "WrongPassword" | "TooShort" | "TooLong" | "Unchanged" }
  | { readonly ok: false; readonly reason: "Throttled"; readonly retryAfterSeconds: number };

export const PASSWORD_LENGTH = { min: 8, max: 256 } as const;

export interface Accounts {
  /** Signs in by name or e-mail address. `address` is the client's, for throttling. A session already there ends. */
  signIn(
    credentials: { readonly nameOrEmail: string; readonly password: string },
    client: { readonly address: string; readonly oldToken?: string | undefined },
  ): Promise<SignInOutcome>;
  /** Sets a password of the person's own choice; every other session of the account ends. */
  changePassword(
    accountId: number,
    token: string,
    passwords: { readonly current: string; readonly next: string },
  ): Promise<PasswordOutcome>;
}

interface AccountRow {
  readonly id: number;
  readonly name: string;
  readonly password_hash: string | null;
  readonly suspended: boolean;
}

const throttled = (delay: Delay) => ({
  ok: false as const,
  reason: "Throttled" as const,
  retryAfterSeconds: delay.seconds,
});

export function createAccounts(db: Database, sessions: Sessions, metrics: Metrics): Accounts {
  return {
    async signIn({ nameOrEmail, password }, { address, oldToken }) {
      const typed = nameOrEmail.trim().toLowerCase().slice(0, 254);
      const subjects = [`name:${typed}`, `address:${address}`];
      const delay = await pendingDelay(db, subjects);
      if (delay) {
        metrics.signIns.inc({ result: "throttled" });
        return throttled(delay);
      }
      const account = await db.first<AccountRow>(
        `SELECT id, name, password_hash, suspended FROM account
         WHERE (name = $1 OR lower(email) = $1) AND archived_at IS NULL
         ORDER BY name = $1 DESC LIMIT 1`,
        [typed],
      );
      const tooLong = password.length > PASSWORD_LENGTH.max;
      const right = await verifyPassword(account?.password_hash, tooLong ? "" : password);
      if (!account || !right) {
        await noteFailure(db, subjects);
        metrics.signIns.inc({ result: "wrong_credentials" });
        return { ok: false, reason: "WrongCredentials" };
      }
      if (account.suspended) {
        metrics.signIns.inc({ result: "suspended" });
        return { ok: false, reason: "Suspended" };
      }
      await clearFailures(db, [`name:${typed}`]);
      // A token known before sign-in never becomes a signed-in one (session fixation).
      if (oldToken !== undefined) await sessions.end(oldToken);
      metrics.signIns.inc({ result: "success" });
      return { ok: true, token: await sessions.start(account.id) };
    },

    async changePassword(accountId, token, { current, next }) {
      if (next.length < PASSWORD_LENGTH.min) return { ok: false, reason: "TooShort" };
      if (next.length > PASSWORD_LENGTH.max) return { ok: false, reason: "TooLong" };
      const subjects = [`password:${accountId}`];
      const delay = await pendingDelay(db, subjects);
      if (delay) return throttled(delay);
      const account = await db.first<AccountRow>(
        "SELECT id, name, password_hash, suspended FROM account WHERE id = $1",
        [accountId],
      );
      if (!(await verifyPassword(account?.password_hash, current))) {
        await noteFailure(db, subjects);
        return { ok: false, reason: "WrongPassword" };
      }
      if (next === current) return { ok: false, reason: "Unchanged" };
      const hash = await hashPassword(next);
      await db.transaction(async (tx) => {
        await tx.execute("UPDATE account SET password_hash = $2, updated_at = now() WHERE id = $1", [
          accountId,
          hash,
        ]);
        await endSessions(tx, [accountId], tokenHash(token));
      });
      await clearFailures(db, subjects);
      return { ok: true };
    },
  };
}
