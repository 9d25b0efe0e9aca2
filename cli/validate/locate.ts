// Where a field stands in a YAML text. Follows aliases and merge keys to the place that was really written.
import { type Document, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { FieldPath } from "./field-path.ts";

/** A field's key and value; `key` is undefined for list entries and for the root. */
interface Site {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** How to point at a field; see Fault. */
export interface Aim {
  readonly onKey?: boolean;
  readonly within?: string;
}

/**
 * Offset of a field in the text. A field that is not there is located at its parent: the parent's key, or the first
 * key of a list entry. Mappings and lists are pointed at by their key, scalars by their value.
 */
export function offsetOf(document: Document, root: Node, path: FieldPath, aim: Aim, text: string): number {
  let site: Site = { key: undefined, value: root };
  let complete = true;
  let start = startOf(root);
  for (const step of path) {
    const next = child(document, site.value, step);
    if (!next) {
      complete = false;
      break;
    }
    site = next;
    start = startOf(site.key) ?? startOf(site.value) ?? start;
  }
  const value = resolved(document, site.value);
  if (complete && aim.within !== undefined && value?.range) {
    const at = text.indexOf(aim.within, value.range[0]);
    if (at >= 0 && at < value.range[1]) return at;
  }
  const isEmpty = isScalar(value) && value.range?.[0] === value.range?.[1];
  if (complete && !aim.onKey && isScalar(value) && !isEmpty) return startOf(value) ?? start ?? 0;
  return start ?? 0;
}

/** The node at a path, aliases resolved. */
export function nodeAt(document: Document, root: Node, path: FieldPath): Node | undefined {
  let at: Node | undefined = root;
  for (const step of path) at = child(document, at, step)?.value;
  return resolved(document, at);
}

const startOf = (node: Node | undefined): number | undefined => node?.range?.[0];

const resolved = (document: Document, node: Node | undefined): Node | undefined =>
  isAlias(node) ? node.resolve(document) : node;

function child(document: Document, parent: Node | undefined, step: string | number): Site | undefined {
  const node = resolved(document, parent);
  if (isSeq(node)) {
    const item = typeof step === "number" ? node.items[step] : undefined;
    return isNode(item) ? { key: undefined, value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  // Of a key that stands twice, the last is the one whose value counts.
  const pair = node.items.findLast((each) => keyText(each) === String(step));
  if (pair)
    return {
      key: isNode(pair.key) ? pair.key : undefined,
      value: isNode(pair.value) ? pair.value : undefined,
    };
  for (const each of node.items) {
    if (keyText(each) !== "<<" || !isNode(each.value)) continue;
    const merged = resolved(document, each.value);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const found = isNode(source) ? child(document, source, step) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

/** A pair's key as a JSON object would have it. */
export function keyText(pair: unknown): string | undefined {
  if (!isPair(pair)) return undefined;
  const { key } = pair as Pair;
  if (!isScalar(key)) return undefined;
  // The library keeps the merge key as a symbol.
  return typeof key.value === "symbol" ? key.value.description : String(key.value);
}
