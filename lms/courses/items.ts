// Items of a course, matched by key: moved, retitled, edited, archived, restored, without learners' work being touched.
import type { Change } from "../../api/index.ts";
import { fieldUpdates } from "../admin/changes.ts";
import { AdminProblem } from "../admin/problem.ts";
import type { Transaction } from "../db/index.ts";
import { orderChange } from "./order.ts";
import type { ItemFacts, PreparedItem } from "./prepare.ts";
import { publishQuiz, type QuizRow } from "./quiz-revisions.ts";

interface ItemRow extends ItemFacts, QuizRow {
  readonly key: string;
  readonly archived: boolean;
}

const ITEMS = `
  SELECT i.id, i.key, m.key AS module, i.title, i.kind, i.optional, i.position, i.minutes, i.source, i.html, i.link_url,
    i.file_path, i.archived_at IS NOT NULL AS archived, q.digest AS quiz_digest, q.document AS quiz_document,
    q.rendered AS quiz_rendered
  FROM item i JOIN module m ON m.id = i.module_id LEFT JOIN quiz_revision q ON q.id = i.quiz_id
  WHERE i.course_id = $1`;

/** Makes the declared items what the document says; items no longer declared are archived or, without work, removed. */
export async function publishItems(
  tx: Transaction,
  courseId: number,
  items: readonly PreparedItem[],
  modules: ReadonlyMap<string, number>,
): Promise<{ readonly changes: readonly Change[]; readonly archived: number }> {
  const rows = await tx.query<ItemRow>(ITEMS, [courseId]);
  const existing = new Map(rows.map((row) => [row.key, row]));
  await refuseNewKinds(tx, items, existing);
  const changes: Change[] = [];
  for (const item of items) {
    const before = existing.get(item.key);
    existing.delete(item.key);
    const moduleId = modules.get(item.facts.module);
    const id = before
      ? await updateItem(tx, before, item, moduleId, changes)
      : await createItem(tx, courseId, item, moduleId, changes);
    changes.push(...(await publishQuiz(tx, id, item, before)));
  }
  const gone = await withdrawItems(tx, [...existing.values()]);
  changes.push(...gone.changes);
  const placed = items.map(({ key, facts }) => ({ key, position: facts.position }));
  const order = orderChange(
    "items",
    rows.filter((row) => !row.archived),
    placed,
    changes,
  );
  if (order) changes.push(order);
  return { changes, archived: gone.archived };
}

const WITH_WORK = `
  SELECT id FROM item WHERE id = ANY($1::bigint[]) AND (
    EXISTS (SELECT 1 FROM attempt WHERE item_id = item.id)
    OR EXISTS (SELECT 1 FROM item_progress WHERE item_id = item.id))`;

async function idsWithWork(tx: Transaction, rows: readonly ItemRow[]): Promise<ReadonlySet<number>> {
  if (rows.length === 0) return new Set();
  const found = await tx.query<{ id: number }>(WITH_WORK, [rows.map((row) => row.id)]);
  return new Set(found.map((row) => row.id));
}

/** A lesson that becomes a quiz would leave its learners' work hanging on something else. */
async function refuseNewKinds(
  tx: Transaction,
  items: readonly PreparedItem[],
  existing: ReadonlyMap<string, ItemRow>,
): Promise<void> {
  const turned = items.flatMap((item) => {
    const row = existing.get(item.key);
    return row && row.kind !== item.facts.kind ? [{ item, row }] : [];
  });
  const withWork = await idsWithWork(
    tx,
    turned.map(({ row }) => row),
  );
  for (const { item, row } of turned)
    if (withWork.has(row.id))
      throw new AdminProblem("InvalidContent", {
        detail: `item "${item.key}" is a ${row.kind} that learners have work on and cannot become a ${item.facts.kind}`,
        remedy: `Give the ${item.facts.kind} a key of its own; the ${row.kind} is then archived with its work.`,
        pointer: `${item.pointer}/key`,
      });
}

function params({ facts }: PreparedItem, moduleId: number | undefined): unknown[] {
  return [
    moduleId,
    facts.title,
    facts.kind,
    facts.optional,
    facts.position,
    facts.minutes,
    facts.source,
    facts.html,
    facts.link_url,
    facts.file_path,
  ];
}

async function createItem(
  tx: Transaction,
  courseId: number,
  item: PreparedItem,
  moduleId: number | undefined,
  changes: Change[],
): Promise<number> {
  const row = await tx.first<{ id: number }>(
    `INSERT INTO item (module_id, title, kind, optional, position, minutes, source, html, link_url, file_path, course_id, key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id`,
    [...params(item, moduleId), courseId, item.key],
  );
  if (!row) throw new Error(`item ${item.key} was not made`);
  changes.push({ op: "create", path: `items/${item.key}` });
  return row.id;
}

/** What of an item a plan speaks of; position and HTML follow from other things. */
const spoken = ({ module, title, kind, optional, minutes, source, link_url, file_path }: ItemFacts) => ({
  module,
  title,
  kind,
  optional,
  minutes,
  text: source,
  url: link_url,
  path: file_path,
});

async function updateItem(
  tx: Transaction,
  before: ItemRow,
  item: PreparedItem,
  moduleId: number | undefined,
  changes: Change[],
): Promise<number> {
  const path = `items/${item.key}`;
  const { facts } = item;
  if (before.archived) changes.push({ op: "restore", path });
  const updates = fieldUpdates(path, spoken(before), spoken(facts));
  changes.push(...updates);
  const rendered = before.html !== facts.html;
  if (rendered && updates.length === 0) changes.push({ op: "update", path: `${path}.html` });
  if (before.archived || updates.length > 0 || rendered || before.position !== facts.position)
    await tx.execute(
      `UPDATE item SET module_id = $1, title = $2, kind = $3, optional = $4, position = $5, minutes = $6, source = $7,
         html = $8, link_url = $9, file_path = $10, archived_at = NULL
       WHERE id = $11`,
      [...params(item, moduleId), before.id],
    );
  return before.id;
}

async function withdrawItems(
  tx: Transaction,
  rows: readonly ItemRow[],
): Promise<{ readonly changes: readonly Change[]; readonly archived: number }> {
  const gone = rows.filter((row) => !row.archived);
  const withWork = await idsWithWork(tx, gone);
  const [archived, removed] = [
    gone.filter((row) => withWork.has(row.id)),
    gone.filter((row) => !withWork.has(row.id)),
  ];
  if (archived.length > 0)
    await tx.execute("UPDATE item SET archived_at = now() WHERE id = ANY($1::bigint[])", [
      archived.map((row) => row.id),
    ]);
  if (removed.length > 0)
    await tx.execute("DELETE FROM item WHERE id = ANY($1::bigint[])", [removed.map((row) => row.id)]);
  return {
    changes: [
      ...archived.map((row): Change => ({ op: "archive", path: `items/${row.key}` })),
      ...removed.map((row): Change => ({ op: "remove", path: `items/${row.key}` })),
    ],
    archived: rows.length - removed.length,
  };
}
