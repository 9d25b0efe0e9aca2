// LMS runtimes for the runs: real ones on real databases, emptied between two runs because starting one takes longer than
// a run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allDigests } from "../../lms/admin/state.ts";
import type { Digests } from "../../api/index.ts";
import { createTestDatabase, type TestDatabase } from "../../lms/db/testing.ts";
import type { Lms } from "../../lms/main.ts";
import { startTestLms } from "../support/test-lms.ts";

/** Not the site's content: who is signed in, what the runtime notes for itself. */
const NOT_CONTENT = ["schema_migration", "session", "sign_in_failure"];
/** Columns that differ between two runs with the same result. */
const CHANCE = /^(id|.*_id|.*_at|.*digest|applied|expected|password_hash|password_fingerprint)$/;

export class Site {
  readonly lms: Lms;
  readonly tokenFolder: string;
  readonly #database: TestDatabase;
  readonly #tables: readonly string[];

  private constructor(lms: Lms, tokenFolder: string, database: TestDatabase, tables: readonly string[]) {
    this.lms = lms;
    this.tokenFolder = tokenFolder;
    this.#database = database;
    this.#tables = tables;
  }

  static async start(): Promise<Site> {
    const tokenFolder = await mkdtemp(join(tmpdir(), "provost-token-"));
    const database = await createTestDatabase();
    const lms = await startTestLms(database, tokenFolder);
    const tables = await database.db.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND NOT tablename = ANY($1) ORDER BY 1",
      [NOT_CONTENT],
    );
    return new Site(
      lms,
      tokenFolder,
      database,
      tables.map(({ name }) => name),
    );
  }

  /** Every row of every table, without what is decided by chance. */
  async content(): Promise<Record<string, unknown[]>> {
    const content: Record<string, unknown[]> = {};
    for (const table of this.#tables) {
      const rows = await this.#database.db.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(t) AS row FROM ${table} t`,
      );
      const bare = rows.map(({ row }) =>
        Object.fromEntries(Object.entries(row).filter(([column]) => !CHANCE.test(column))),
      );
      content[table] = bare
        .map((row) => JSON.stringify(row))
        .sort()
        .map((row) => JSON.parse(row) as unknown);
    }
    return content;
  }

  digests(): Promise<Digests> {
    return allDigests(this.#database.db);
  }

  async clear(): Promise<void> {
    const { db } = this.#database;
    const emptied = this.#tables.filter((table) => table !== "role");
    await db.execute(`TRUNCATE ${emptied.join(", ")}, session, sign_in_failure`);
    await db.execute("DELETE FROM role WHERE NOT built_in");
    await this.lms.context.site.refresh();
    await rm(join(this.tokenFolder, "token"), { force: true });
  }

  async stop(): Promise<void> {
    await this.lms.stop();
    await this.#database.close();
    await rm(this.tokenFolder, { recursive: true, force: true });
  }
}

/** Sites that wait for a run. */
export class Sites {
  readonly #free: Site[] = [];
  readonly #all: Site[] = [];

  async take(): Promise<Site> {
    const free = this.#free.pop();
    if (free) return free;
    const site = await Site.start();
    this.#all.push(site);
    return site;
  }

  async giveBack(site: Site): Promise<void> {
    await site.clear();
    this.#free.push(site);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((site) => site.stop()));
  }
}
