// Files of a course: names in course_file, bytes once per content in blob. Unreferenced blobs go with housekeeping.
import type { Change } from "../../api/index.ts";
import { fieldUpdates } from "../admin/changes.ts";
import type { Transaction } from "../db/index.ts";
import type { PreparedFile } from "./prepare.ts";

interface FileRow {
  readonly path: string;
  readonly media_type: string;
  readonly sha256: Buffer;
}

/** Makes the course's files those of the document. */
export async function publishFiles(
  tx: Transaction,
  courseId: number,
  files: readonly PreparedFile[],
): Promise<Change[]> {
  const rows = await tx.query<FileRow>(
    "SELECT path, media_type, sha256 FROM course_file WHERE course_id = $1",
    [courseId],
  );
  const existing = new Map(rows.map((row) => [row.path, row]));
  const changes: Change[] = [];
  const changed: PreparedFile[] = [];
  for (const file of files) {
    const before = existing.get(file.path);
    existing.delete(file.path);
    const path = `files/${file.path}`;
    const updates = before
      ? fieldUpdates(path, spoken(before.media_type, before.sha256), spokenOf(file))
      : [];
    if (before && updates.length === 0) continue;
    changed.push(file);
    changes.push(...(before ? updates : [{ op: "create", path } as const]));
  }
  await storeBlobs(tx, changed);
  for (const file of changed)
    await tx.execute(
      `INSERT INTO course_file (course_id, path, media_type, sha256) VALUES ($1, $2, $3, $4)
       ON CONFLICT (course_id, path) DO UPDATE SET media_type = excluded.media_type, sha256 = excluded.sha256`,
      [courseId, file.path, file.mediaType, file.sha256],
    );
  const removed = [...existing.keys()];
  if (removed.length > 0)
    await tx.execute("DELETE FROM course_file WHERE course_id = $1 AND path = ANY($2)", [courseId, removed]);
  return [...changes, ...removed.map((path): Change => ({ op: "remove", path: `files/${path}` }))];
}

const spoken = (mediaType: string, sha256: Buffer): Record<string, unknown> => ({
  mediaType,
  sha256: sha256.toString("hex").slice(0, 12),
});
const spokenOf = (file: PreparedFile): Record<string, unknown> => spoken(file.mediaType, file.sha256);

/** Bytes travel only when no course has them yet. */
async function storeBlobs(tx: Transaction, files: readonly PreparedFile[]): Promise<void> {
  if (files.length === 0) return;
  const known = await tx.query<{ sha256: Buffer }>(
    "SELECT sha256 FROM blob WHERE sha256 = ANY($1::bytea[])",
    [files.map((file) => file.sha256)],
  );
  const stored = new Set(known.map((row) => row.sha256.toString("hex")));
  for (const { sha256, bytes } of files) {
    if (stored.has(sha256.toString("hex"))) continue;
    await tx.execute(
      "INSERT INTO blob (sha256, bytes, size_bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      [sha256, bytes, bytes.length],
    );
  }
}
