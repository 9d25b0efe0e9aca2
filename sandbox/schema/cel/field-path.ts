// The `fieldPath` of a rule (`.a.b['c-d'].m.x`): is it a path of the schema, and how does it read in an error.
import type { CompiledNode } from "../node.ts";

/** What the path adds to the path of the rule's value; undefined when it is malformed or leads nowhere. */
export function fieldPathSuffix(node: CompiledNode, fieldPath: string): string | undefined {
  let at = node;
  let suffix = "";
  let rest = fieldPath;
  while (rest !== "") {
    const segment = /^(?:\.([A-Za-z_][\w-]*)|\['((?:[^'\\]|\\.)+)'\])/.exec(rest);
    if (!segment) return undefined;
    const name = segment[1] ?? (segment[2] ?? "").replace(/\\(.)/g, "$1");
    const property = at.properties.get(name);
    const child = property ?? at.additional;
    if (!child) return undefined;
    suffix += property ? `.${name}` : `[${name}]`;
    at = child;
    rest = rest.slice(segment[0].length);
  }
  return suffix === "" ? undefined : suffix;
}
