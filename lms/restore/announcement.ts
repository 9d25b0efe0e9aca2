// Tells every replica that the site is being restored, for as long as it is: a lease that is renewed, so that a restore
// that dies closes no site for ever. Read by lms/site/maintenance.ts.
import type { Logger } from "pino";
import { createDatabase, type DatabaseConfig, type Transaction } from "../db/database.ts";

const LEASE_SECONDS = 60;
const RENEW_MS = 5_000;

export interface Announcement {
  /** Stops renewing, and ends it with the transaction: the site opens at the moment the backup is there. */
  endWith(tx: Transaction): Promise<void>;
  /** Ends it now; when the database is gone, the lease does. */
  end(): Promise<void>;
}

/** Announces the restore. Without the table (a site that was never started by this release) there is nobody to tell. */
export async function announce(config: DatabaseConfig, id: string, log: Logger): Promise<Announcement> {
  const db = createDatabase({ ...config, maxConnections: 1, applicationName: "provost-restore-notice" });
  const renew = async (): Promise<void> => {
    await db.execute(
      `INSERT INTO maintenance (restore_id, expires_at) VALUES ($1, now() + $2 * interval '1 second')
       ON CONFLICT (one) DO UPDATE SET restore_id = excluded.restore_id, expires_at = excluded.expires_at`,
      [id, LEASE_SECONDS],
    );
  };
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();
  const begin = async (): Promise<boolean> => {
    const table = await db.first<{ there: boolean }>(
      "SELECT to_regclass('maintenance') IS NOT NULL AS there",
    );
    if (table?.there !== true) return false;
    await renew();
    await db.execute("NOTIFY maintenance_changed");
    timer = setInterval(() => {
      renewing = renewing.then(renew).catch((error: unknown) => {
        log.warn({ err: error }, "the notice that the site is being restored was not renewed");
      });
    }, RENEW_MS);
    return true;
  };
  const announced = await begin().catch(async (error: unknown) => {
    await db.close(1_000);
    throw error;
  });
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await renewing;
  };
  return {
    async endWith(tx) {
      // A renewal on its way would put it up again.
      await stop();
      await tx.script("DELETE FROM maintenance; NOTIFY maintenance_changed; NOTIFY site_changed");
    },
    async end() {
      await stop();
      try {
        if (announced) {
          await db.execute("DELETE FROM maintenance WHERE restore_id = $1", [id]);
          await db.execute("NOTIFY maintenance_changed");
        }
      } catch (error) {
        log.warn({ err: error }, "the notice that the site is being restored ends by itself in a minute");
      } finally {
        await db.close(1_000);
      }
    },
  };
}
