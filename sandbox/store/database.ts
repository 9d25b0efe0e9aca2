// The SQLite file behind the store: tables, statements, transactions. What the rows mean is store.ts' business.
import { DatabaseSync, type StatementSync } from "node:sqlite";

export interface ObjectRow {
  resource: string;
  namespace: string;
  name: string;
  body: string;
}

/** One change, kept as what it replaced: history is an undo log walked back from the present. */
export interface ChangeRow {
  revision: number;
  resource: string;
  namespace: string;
  name: string;
  type: "ADDED" | "MODIFIED" | "DELETED";
  /** The object before the change; null for ADDED. */
  previous: string | null;
}

const schema = `
CREATE TABLE IF NOT EXISTS objects (
  resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (resource, namespace, name)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS changes (
  revision INTEGER PRIMARY KEY, resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
  type TEXT NOT NULL, previous TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

/**
 * Durability: WAL with synchronous=NORMAL. A committed write survives the death of this process (SIGKILL
 * included), because it is in the operating system's page cache by then; a power cut may lose the last few
 * hundred milliseconds of writes, never the file's consistency. FULL would add an fsync (about 1 ms) to each.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #putObject: StatementSync;
  readonly #removeObject: StatementSync;
  readonly #addChange: StatementSync;
  readonly #forget: StatementSync;
  readonly #setFact: StatementSync;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;");
    // One server per data folder: the lock is held for as long as this process lives and dies with it.
    this.#db.exec("PRAGMA locking_mode = EXCLUSIVE;");
    this.#db.exec(schema);
    this.#putObject = this.#db.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)");
    this.#removeObject = this.#db.prepare(
      "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?",
    );
    this.#addChange = this.#db.prepare("INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?)");
    this.#forget = this.#db.prepare("DELETE FROM changes WHERE revision <= ?");
    this.#setFact = this.#db.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
  }

  /** Writes the object (undefined body removes it) and the change record in one transaction. */
  commit(change: ChangeRow, body: string | undefined): void {
    this.#transaction(() => {
      if (body === undefined) this.#removeObject.run(change.resource, change.namespace, change.name);
      else this.#putObject.run(change.resource, change.namespace, change.name, body);
      this.#addChange.run(
        change.revision,
        change.resource,
        change.namespace,
        change.name,
        change.type,
        change.previous,
      );
    });
  }

  /** Forgets all changes up to and including `revision`. */
  compact(revision: number): void {
    this.#transaction(() => {
      this.#forget.run(revision);
      this.#setFact.run("compacted", revision);
    });
  }

  fact(name: string): number | undefined {
    const row = this.#db.prepare("SELECT value FROM facts WHERE name = ?").get(name);
    return row === undefined ? undefined : Number(row["value"]);
  }

  objects(): Iterable<ObjectRow> {
    return this.#db.prepare("SELECT resource, namespace, name, body FROM objects").iterate() as Iterable<
      Record<string, unknown>
    > as Iterable<ObjectRow>;
  }

  /** Newest first. */
  changesBackwards(): Iterable<ChangeRow> {
    return this.#db.prepare("SELECT * FROM changes ORDER BY revision DESC").iterate() as Iterable<
      Record<string, unknown>
    > as Iterable<ChangeRow>;
  }

  close(): void {
    this.#db.close();
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}
