// What is wrong with a YAML document as a text: syntax, keys that stand twice, aliases, values JSON cannot hold.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  type YAMLError,
} from "yaml";
import { type FieldPath, formatPath } from "./field-path.ts";
import type { Severity } from "./finding.ts";
import { keyText } from "./locate.ts";

/** A fault at an offset of the text. */
export interface TextFault {
  readonly offset: number;
  readonly field: string;
  readonly message: string;
  readonly severity: Severity;
}

/**
 * Every fault of one document, and whether its content can be judged all the same. After a syntax error the parser
 * guesses, and findings about guesses would lead astray.
 */
export function textFaults(document: Document.Parsed<ParsedNode>): {
  faults: TextFault[];
  isReadable: boolean;
  hasAliases: boolean;
} {
  const duplicates = document.errors.filter((error) => error.code === "DUPLICATE_KEY");
  const syntax = document.errors.filter((error) => error.code !== "DUPLICATE_KEY");
  // What follows the first slip is most often its echo; a tab is always a slip of its own.
  const told = syntax.filter((error, i) => i === 0 || error.code === "TAB_AS_INDENT");
  const faults = told.map((error) => fault(error.pos[0], wordsOf(error)));
  if (syntax.length > 0) return { faults, isReadable: false, hasAliases: false };
  const contents = document.contents;
  const { faults: found, hasAliases } = walk(document, contents);
  const paths = duplicates.length > 0 ? keyPaths(contents) : new Map<number, FieldPath>();
  for (const { pos } of duplicates) {
    const path = formatPath(paths.get(pos[0]) ?? []);
    const again = "this key stands twice in its mapping: remove one of them";
    faults.push({ ...fault(pos[0], again), field: path });
  }
  for (const warning of document.warnings)
    faults.push({ ...fault(warning.pos[0], wordsOf(warning)), severity: "warning" });
  return { faults: [...faults, ...found], isReadable: found.length === 0, hasAliases };
}

const fault = (offset: number, message: string, field = ""): TextFault => ({
  offset,
  field,
  message,
  severity: "error",
});

const REMEDIES: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "an alias is `*name`, an anchor `&name`; put quotes around a text that begins so",
  BAD_DQ_ESCAPE: "use single quotes for a text with backslashes, or double the backslash",
  BAD_INDENT: "line the fields of one mapping up in one column, with spaces",
  BAD_SCALAR_START: "put quotes around a text that begins with this character",
  BLOCK_AS_IMPLICIT_KEY: "put quotes around a text that contains a colon and a space, or begin a new line",
  MISSING_CHAR:
    "close the quote or bracket; put quotes around a text that contains one, or a colon and a space",
  MULTILINE_IMPLICIT_KEY: "write `key: value` with a space after the colon, the key on one line",
  TAB_AS_INDENT: "indent with spaces",
  TAG_RESOLVE_FAILED: "remove the tag, kubectl does not heed it",
};

function wordsOf(error: YAMLError): string {
  const what = error.message.replace(/\s+/g, " ").replace(/[.:]$/, "");
  const remedy = /^Flow (map|sequence)/.test(what)
    ? "close the bracket; put quotes around a text that contains brackets, or a # that is no comment"
    : (REMEDIES[error.code] ?? "correct the line, or the one before it");
  return `${error.name === "YAMLWarning" ? "doubtful" : "not valid"} YAML: ${what}: ${remedy}`;
}

/** Aliases without an anchor or inside themselves, and numbers that JSON has no spelling for. */
function walk(document: Document, contents: Node | null): { faults: TextFault[]; hasAliases: boolean } {
  const faults: TextFault[] = [];
  let hasAliases = false;
  const ancestors: unknown[] = [];
  // By hand: the library's visitor takes five times as long over a large manifest.
  const descend = (node: unknown): void => {
    if (isScalar(node)) {
      if (typeof node.value !== "number" || Number.isFinite(node.value)) return;
      const written = node.source ?? String(node.value);
      faults.push(fault(offsetOf(node), `${written} is no number that can be stored: write one`));
    } else if (isAlias(node)) {
      hasAliases = true;
      const wrong = aliasFault(document, node, ancestors);
      if (wrong !== undefined) faults.push(fault(offsetOf(node), wrong));
    } else if (isSeq(node)) {
      ancestors.push(node);
      for (const item of node.items) descend(item);
      ancestors.pop();
    } else if (isMap(node)) {
      ancestors.push(node);
      for (const { key, value } of node.items) {
        if (isNode(key) && !isScalar(key))
          faults.push(fault(offsetOf(key), "a key must be a word: put quotes around a text that begins so"));
        descend(key);
        descend(value);
      }
      ancestors.pop();
    }
  };
  descend(contents);
  return { faults, hasAliases };
}

const offsetOf = (node: Node): number => node.range?.[0] ?? 0;

function aliasFault(document: Document, alias: Alias, ancestors: readonly unknown[]): string | undefined {
  const target = alias.resolve(document);
  if (target === undefined)
    return `*${alias.source} has no anchor before it: write &${alias.source} at the value meant, or put quotes around the text`;
  return ancestors.includes(target)
    ? `*${alias.source} stands inside the value it repeats: write the value out`
    : undefined;
}

/** The path of every key, by the offset it stands at. */
function keyPaths(contents: Node | null): Map<number, FieldPath> {
  const paths = new Map<number, FieldPath>();
  const descend = (node: unknown, path: FieldPath): void => {
    if (isSeq(node)) node.items.forEach((item, i) => descend(item, [...path, i]));
    if (!isMap(node)) return;
    for (const pair of node.items) {
      const at = [...path, keyText(pair) ?? "?"];
      const offset = isNode(pair.key) && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      if (offset !== undefined) paths.set(offset, at);
      if (!isAlias(pair.value)) descend(pair.value, at);
    }
  };
  descend(contents, []);
  return paths;
}
