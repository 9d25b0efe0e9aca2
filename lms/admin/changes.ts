// What differs between what is there and what is declared, as the changes an ApplyResult lists.
import { canonicalJson, type Change } from "../../api/index.ts";

const LONGEST = 80;

/** A value as people read it in a plan: short, undefined when there is none. */
function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text =
    value instanceof Date ? value.toISOString() : typeof value === "string" ? value : canonicalJson(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** Whether two values are the same; a field that is absent is the same as null. */
export function same(a: unknown, b: unknown): boolean {
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b);
  if ((a === null || typeof a !== "object") && (b === null || typeof b !== "object"))
    return (a ?? null) === (b ?? null);
  return canonicalJson(a) === canonicalJson(b);
}

/** An update of one value. */
export function update(path: string, from: unknown, to: unknown): Change {
  const [before, after] = [shown(from), shown(to)];
  return {
    op: "update",
    path,
    ...(before !== undefined && { from: before }),
    ...(after !== undefined && { to: after }),
  };
}

/** The fields that differ, each as an update of `<path>.<field>`. */
export function fieldUpdates(
  path: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !same(before[field], after[field]))
    .map((field) => update(`${path}.${field}`, before[field], after[field]));
}
