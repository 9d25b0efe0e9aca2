// Finds its way in a kind's schema: the node of a field, and where a field that is not known here may belong.
import type { SchemaNode } from "../../sandbox/schema/index.ts";
import { type FieldPath, formatPath } from "./field-path.ts";
import { listed, nearest } from "./suggest.ts";

/** The schema of the field at a path; undefined where the schema knows none. */
export function nodeOf(root: SchemaNode, path: FieldPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const step of path)
    node = typeof step === "number" ? node?.items : (node?.properties.get(step) ?? node?.additional);
  return node;
}

/** What to do about a field that the schema does not know at this place. */
export function unknownFieldMessage(root: SchemaNode, path: FieldPath): string {
  const field = String(path.at(-1) ?? "");
  const parent = path.slice(0, -1);
  const known = [...(nodeOf(root, parent)?.properties.keys() ?? [])];
  const near = nearest(field, known);
  if (near !== undefined) return `unknown field: did you mean "${near}"?`;
  const elsewhere = belongs(root, parent, field);
  if (elsewhere !== undefined)
    return `unknown field here: it belongs under ${elsewhere}, correct the indentation`;
  return `unknown field: remove it, the fields here are ${listed(known)}`;
}

/** A place one level further in or out, or beside, that has a field of this name: the usual slip of indentation. */
function belongs(root: SchemaNode, parent: FieldPath, field: string): string | undefined {
  const inner = [...(nodeOf(root, parent)?.properties ?? [])].find(([, node]) => node.properties.has(field));
  if (inner) return formatPath([...parent, inner[0]]);
  for (let up = parent.slice(0, -1); up.length > 0; up = up.slice(0, -1))
    if (nodeOf(root, up)?.properties.has(field)) return formatPath(up);
  return undefined;
}
