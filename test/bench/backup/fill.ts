// A site of a given size: rows as quizzes make them, files as courses have them.
import { randomBytes } from "node:crypto";
import { createDatabase, type DatabaseConfig } from "../../../lms/db/index.ts";

const MIB = 1024 * 1024;
/** A video, a scanned chapter: what makes a site large. Half of it does not compress. */
const FILE_BYTES = 4 * MIB;
const ROWS_AT_ONCE = 20_000;

/** Fills a site that has people, courses and quizzes up to these sizes; the bytes of the database afterwards. */
export async function fill(
  config: DatabaseConfig,
  { databaseMib, filesMib }: { readonly databaseMib: number; readonly filesMib: number },
  progress: (line: string) => void,
): Promise<number> {
  const db = createDatabase({ ...config, maxConnections: 1, statementTimeoutMs: 0 });
  const size = async (): Promise<number> =>
    (await db.first<{ bytes: number }>("SELECT pg_database_size(current_database()) AS bytes"))?.bytes ?? 0;
  for (let number = 100; (await size()) < databaseMib * MIB; number += 1) {
    // Answers as somebody types them.
    await db.execute(
      `INSERT INTO attempt (item_id, account_id, revision_id, number, seed, answers, submitted_at, points, max_points, percent, passed, results)
       SELECT i.id, a.id, i.quiz_id, $1, 1,
         jsonb_build_object('essay', (SELECT string_agg(md5(random()::text || i.id || a.id || n), ' ') FROM generate_series(1, 12) n)),
         now(), 4, 5, 80, true, '{"a": 1}'
       FROM item i CROSS JOIN account a WHERE i.kind = 'quiz' LIMIT ${ROWS_AT_ONCE}`,
      [number],
    );
  }
  progress(`rows are there: ${Math.round((await size()) / MIB)} MiB`);
  for (let made = 0; made < filesMib; made += FILE_BYTES / MIB) {
    const bytes = Buffer.concat([
      randomBytes(FILE_BYTES / 2),
      Buffer.alloc(FILE_BYTES / 2, `chapter ${made} `),
    ]);
    await db.execute(
      `WITH b AS (INSERT INTO blob (sha256, bytes, size_bytes) VALUES (sha256($1), $1, octet_length($1)) RETURNING sha256)
       INSERT INTO course_file (course_id, path, media_type, sha256)
       SELECT (SELECT min(id) FROM course), $2, 'video/mp4', sha256 FROM b`,
      [bytes, `bench/${made}.mp4`],
    );
  }
  await db.execute("CHECKPOINT");
  await db.execute("ANALYZE");
  const bytes = await size();
  await db.close();
  progress(`files are there: ${Math.round(bytes / MIB)} MiB in all`);
  return bytes;
}
