// Modules of a course, matched by key.
import type { Change } from "../../api/index.ts";
import { fieldUpdates } from "../admin/changes.ts";
import type { Transaction } from "../db/index.ts";
import { orderChange } from "./order.ts";
import type { PreparedModule } from "./prepare.ts";

interface ModuleRow {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly summary_html: string;
  readonly position: number;
  readonly archived: boolean;
}

/** Makes the declared modules what the document says; their ids by key. Those no longer declared: `archiveModules`. */
export async function publishModules(
  tx: Transaction,
  courseId: number,
  modules: readonly PreparedModule[],
): Promise<{ readonly changes: readonly Change[]; readonly ids: ReadonlyMap<string, number> }> {
  const rows = await tx.query<ModuleRow>(
    `SELECT id, key, title, summary, summary_html, position, archived_at IS NOT NULL AS archived
     FROM module WHERE course_id = $1`,
    [courseId],
  );
  const existing = new Map(rows.map((row) => [row.key, row]));
  const changes: Change[] = [];
  const ids = new Map<string, number>();
  for (const module of modules) {
    const before = existing.get(module.key);
    const path = `modules/${module.key}`;
    const params = [module.title, module.summary, module.summary_html, module.position];
    if (!before) {
      const row = await tx.first<{ id: number }>(
        `INSERT INTO module (title, summary, summary_html, position, course_id, key)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
        [...params, courseId, module.key],
      );
      if (row) ids.set(module.key, row.id);
      changes.push({ op: "create", path });
      continue;
    }
    ids.set(module.key, before.id);
    if (before.archived) changes.push({ op: "restore", path });
    const updates = fieldUpdates(
      path,
      { title: before.title, summary: before.summary },
      { title: module.title, summary: module.summary },
    );
    changes.push(...updates);
    const rendered = before.summary_html !== module.summary_html;
    if (rendered && updates.length === 0) changes.push({ op: "update", path: `${path}.html` });
    if (before.archived || updates.length > 0 || rendered || before.position !== module.position)
      await tx.execute(
        `UPDATE module SET title = $1, summary = $2, summary_html = $3, position = $4, archived_at = NULL
         WHERE id = $5`,
        [...params, before.id],
      );
  }
  const order = orderChange(
    "modules",
    rows.filter((row) => !row.archived),
    modules,
    changes,
  );
  return { changes: order ? [...changes, order] : changes, ids };
}

/** Modules no longer declared: kept, archived, while archived items stand in them; removed otherwise. */
export async function archiveModules(
  tx: Transaction,
  courseId: number,
  declared: readonly PreparedModule[],
): Promise<Change[]> {
  const keys = declared.map((module) => module.key);
  const archived = await tx.query<{ key: string }>(
    `UPDATE module m SET archived_at = now()
     WHERE course_id = $1 AND NOT key = ANY($2) AND archived_at IS NULL
       AND EXISTS (SELECT 1 FROM item WHERE module_id = m.id)
     RETURNING key`,
    [courseId, keys],
  );
  const removed = await tx.query<{ key: string; archived: boolean }>(
    `DELETE FROM module m WHERE course_id = $1 AND NOT key = ANY($2)
       AND NOT EXISTS (SELECT 1 FROM item WHERE module_id = m.id)
     RETURNING key, archived_at IS NOT NULL AS archived`,
    [courseId, keys],
  );
  return [
    ...archived.map(({ key }): Change => ({ op: "archive", path: `modules/${key}` })),
    // One that was archived long ago is no longer anybody's news.
    ...removed
      .filter((row) => !row.archived)
      .map(({ key }): Change => ({ op: "remove", path: `modules/${key}` })),
  ];
}
