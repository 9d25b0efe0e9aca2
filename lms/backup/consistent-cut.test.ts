// One moment of a site that serves: what belongs together is in the backup together.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeAccount } from "../catalog/testing.ts";
import { createEmptyDatabase, createTestDatabase } from "../db/testing.ts";
import { writeBackup } from "./archive-write.ts";
import type { Destination } from "./destination.types.ts";
import { restoreBackup } from "./restore.ts";
import { createMemoryDestination, makeSchool, ORDER } from "./testing.ts";

/** Learners by what they have; in the site it is all of it, at every moment. */
const HALVES = `SELECT count(*) AS learners, count(*) FILTER (WHERE e.account_id IS NULL OR t.account_id IS NULL) AS torn
  FROM account a
  FULL JOIN enrolment e ON e.account_id = a.id
  FULL JOIN attempt t ON t.account_id = coalesce(a.id, e.account_id)
  WHERE a.name LIKE 'new-%' OR a.id IS NULL`;

test("people who join while it is made are in it with everything they have, or not at all", async () => {
  const [site, empty] = [await createTestDatabase(), await createEmptyDatabase()];
  try {
    await makeSchool(site.db);
    let people = 0;
    let done = false;
    const join = (): Promise<void> =>
      site.db.transaction(async (tx) => {
        const id = await makeAccount(tx as never, `new-${++people}`);
        await tx.execute(
          "INSERT INTO enrolment (course_id, account_id) SELECT id, $1 FROM course WHERE key = 'rowing'",
          [id],
        );
        await tx.execute(
          `INSERT INTO attempt (item_id, account_id, revision_id, number, seed)
           SELECT id, $1, quiz_id, 1, 7 FROM item WHERE key = 'test'`,
          [id],
        );
      });
    const writers = Array.from({ length: 2 }, async () => {
      while (!done) await join();
    });
    const memory = createMemoryDestination();
    const slow: Destination = {
      ...memory,
      async write(key, content, signal) {
        await sleep(30);
        return memory.write(key, content, signal);
      },
    };
    const manifest = await writeBackup({ ...ORDER, database: site.config, destination: slow });
    done = true;
    await Promise.all(writers);
    await restoreBackup({ destination: memory, manifest, database: empty.config });

    const now = await site.db.first<{ learners: number }>(HALVES);
    const then = await empty.db.first<{ learners: number; torn: number }>(HALVES);
    expect(then?.torn).toBe(0);
    expect(then?.learners).toBeLessThan((now?.learners ?? 0) - 20);
    // Nobody gets an id that somebody in the copy has.
    await expect(makeAccount(empty.db, "newcomer")).resolves.toBeGreaterThan(0);
  } finally {
    await site.close();
    await empty.close();
  }
});
