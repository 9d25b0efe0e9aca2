// Whether things stand in another order than before: said once, not for everything that an insertion pushed along.
import type { Change } from "../../api/index.ts";
import { update } from "../admin/changes.ts";

interface Placed {
  readonly key: string;
  readonly position: number;
}

/**
 * The change of order among what is there before and after; also when only positions differ and nothing else tells
 * why (somebody edited them), so that a write is never silent.
 */
export function orderChange(
  path: "modules" | "items",
  before: readonly Placed[],
  after: readonly Placed[],
  otherChanges: readonly Change[],
): Change | undefined {
  const keys = (placed: readonly Placed[], among: ReadonlySet<string>): string[] =>
    placed.toSorted((a, b) => a.position - b.position).flatMap(({ key }) => (among.has(key) ? [key] : []));
  const common = new Set(before.map(({ key }) => key)).intersection(new Set(after.map(({ key }) => key)));
  const [was, is] = [keys(before, common), keys(after, common)];
  if (was.some((key, i) => key !== is[i])) return update(`${path}.order`, was.join(", "), is.join(", "));
  const positions = new Map(before.map(({ key, position }) => [key, position]));
  const moved = after.some(({ key, position }) => positions.has(key) && positions.get(key) !== position);
  const explained = otherChanges.some(({ op }) => op !== "update") || before.length > common.size;
  return moved && !explained ? { op: "update", path: `${path}.order` } : undefined;
}
