// Whether this replica can serve: said by the start-up until it is through, by the database afterwards.
import type { Database } from "../db/index.ts";

export interface Readiness {
  /** Why it cannot serve as far as the start-up knows; undefined once it is through, until it stops. */
  reason(): string | undefined;
  /** Sets what the start-up or the shutdown has to say. */
  set(reason: string | undefined): void;
  /** As `reason`, and asks the database. */
  check(): Promise<string | undefined>;
}

/** A database that takes longer to say hello does not serve pages either. */
const PATIENCE_MS = 2_000;

export function createReadiness(db: Database): Readiness {
  let current: string | undefined = "the runtime is starting";
  return {
    reason: () => current,
    set: (reason) => {
      current = reason;
    },
    async check() {
      if (current !== undefined) return current;
      const late = Promise.withResolvers<string>();
      const timer = setTimeout(
        () => late.resolve(`the database did not answer within ${PATIENCE_MS} ms`),
        PATIENCE_MS,
      );
      const asked = db.query("SELECT 1").then(
        () => undefined,
        (error: unknown) => `the database cannot be reached: ${(error as Error).message}`,
      );
      try {
        return await Promise.race([asked, late.promise]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
