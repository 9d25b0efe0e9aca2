// From a file's text to its objects, each knowing where its fields stand, and to the faults of the YAML itself.
import { type Document, isMap, isSeq, type Node } from "yaml";
import { jsonClone } from "../../sandbox/schema/index.ts";
import { parseManifestText } from "./dialect.ts";
import { type FieldPath, formatPath, isMapping } from "./field-path.ts";
import type { Fault, Finding } from "./finding.ts";
import { lineOf, Lines } from "./lines.ts";
import { nodeAt, offsetOf } from "./locate.ts";
import { type TextFault, textFaults } from "./text-faults.ts";

/** A text to validate and the name its findings carry. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/**
 * The YAML nodes of one text, for places in it. Nodes take ten times the memory of what they say, and most files have
 * no fault: they are let go after reading and made anew for the file that is being told about.
 */
class Places {
  static #latest:
    { readonly of: Places; readonly documents: readonly Document[]; readonly lines: Lines } | undefined;
  readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  get lines(): Lines {
    return this.#nodes.lines;
  }

  document(index: number): Document {
    const document = this.#nodes.documents[index];
    if (document === undefined) throw new RangeError(`${this.source.file} has no document ${index}`);
    return document;
  }

  get #nodes() {
    if (Places.#latest?.of !== this) {
      const { text } = this.source;
      Places.#latest = { of: this, documents: parseManifestText(text), lines: new Lines(text) };
    }
    return Places.#latest;
  }
}

/** Where an object stands in its text. */
interface Origin {
  readonly places: Places;
  /** Index of its document in the text. */
  readonly document: number;
  /** Its path in the document: none, or that of an entry of a List. */
  readonly path: FieldPath;
  readonly offset: number;
}

/** One object of a file: a document, or an entry of a `kind: List`. */
export class Entry {
  readonly value: Record<string, unknown>;
  readonly #origin: Origin;

  constructor(value: Record<string, unknown>, origin: Origin) {
    this.value = value;
    this.#origin = origin;
  }

  get file(): string {
    return this.#origin.places.source.file;
  }

  get apiVersion(): string {
    return textOf(this.value["apiVersion"]);
  }

  get kind(): string {
    return textOf(this.value["kind"]);
  }

  get name(): string {
    return textOf(this.#metadata("name"));
  }

  /** As the manifest has it; empty when it names none. */
  get namespace(): string {
    return textOf(this.#metadata("namespace"));
  }

  /** The YAML node of a field, for its source text. */
  node(path: FieldPath): Node | undefined {
    const { document, root } = this.#nodes();
    return nodeAt(document, root, path);
  }

  /** `file:line` of the object, for messages about other objects. */
  get place(): string {
    const { places, offset } = this.#origin;
    return `${this.file}:${lineOf(places.source.text, offset)}`;
  }

  /** A fault of this object with its place. */
  finding(fault: Fault): Finding {
    const { document, root } = this.#nodes();
    const { lines, source } = this.#origin.places;
    const offset = offsetOf(document, root, fault.path, fault, source.text);
    return {
      file: this.file,
      ...lines.place(offset),
      field: formatPath(fault.path),
      message: fault.message,
      severity: fault.severity ?? "error",
      kind: this.kind,
      namespace: this.namespace,
      name: this.name,
    };
  }

  #nodes(): { document: Document; root: Node } {
    const { places, document: index, path } = this.#origin;
    const document = places.document(index);
    const contents = document.contents;
    const root = contents === null ? undefined : (nodeAt(document, contents, path) ?? contents);
    if (root === undefined) throw new Error(`document ${index} of ${this.file} is empty`);
    return { document, root };
  }

  #metadata(field: string): unknown {
    const metadata = this.value["metadata"];
    return isMapping(metadata) ? metadata[field] : undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Everything in one text: its objects, and what is wrong with the text itself. */
export function readSource(source: Source): { entries: Entry[]; findings: Finding[] } {
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  let lines: Lines | undefined;
  const report = ({ offset, field, message, severity }: TextFault): void => {
    lines ??= new Lines(source.text);
    findings.push({
      file: source.file,
      ...lines.place(offset),
      field,
      message,
      severity,
      kind: "",
      namespace: "",
      name: "",
    });
  };
  const places = new Places(source);
  for (const [index, document] of parseManifestText(source.text).entries()) {
    const { faults, isReadable, hasAliases } = textFaults(document);
    faults.forEach(report);
    const node = document.contents;
    if (!isReadable || node === null) continue;
    for (const { value, path, offset } of objectsOf(document, node, hasAliases, report))
      entries.push(new Entry(value, { places, document: index, path, offset }));
  }
  return { entries, findings };
}

interface PlacedObject {
  readonly value: Record<string, unknown>;
  readonly path: FieldPath;
  readonly offset: number;
}

function objectsOf(
  document: Document,
  node: Node,
  hasAliases: boolean,
  report: (fault: TextFault) => void,
): PlacedObject[] {
  let value: unknown;
  try {
    // A clone, so that two aliases of one anchor do not share what is filled in later.
    value = document.toJS() as unknown;
    if (hasAliases) value = jsonClone(value);
  } catch (error) {
    // The library's guard against documents whose aliases unfold without end.
    const why = error instanceof Error ? error.message : String(error);
    report({
      offset: offsetIn(node),
      field: "",
      message: `the aliases of this document cannot be unfolded (${why}): write the values out`,
      severity: "error",
    });
    return [];
  }
  if (value === null || value === undefined) return [];
  if (!isMapping(value)) {
    report(notAnObject(node, "a document"));
    return [];
  }
  if (value["kind"] !== "List" || value["apiVersion"] !== "v1")
    return [{ value, path: [], offset: offsetIn(node) }];
  const items = isMap(node) ? nodeAt(document, node, ["items"]) : undefined;
  const list: unknown = value["items"];
  if (!Array.isArray(list) || !isSeq(items)) {
    report({
      ...notAnObject(node, "a List"),
      field: "items",
      message: "a List needs a list of objects here",
    });
    return [];
  }
  return list.flatMap((item: unknown, i) => {
    const at = nodeAt(document, items, [i]) ?? node;
    if (isMapping(item)) return [{ value: item, path: ["items", i], offset: offsetIn(at) }];
    report({ ...notAnObject(at, "an entry of a List"), field: `items[${i}]` });
    return [];
  });
}

const offsetIn = (node: Node): number => node.range?.[0] ?? 0;

const notAnObject = (node: Node, what: string): TextFault => ({
  offset: offsetIn(node),
  field: "",
  message: `${what} must be a Kubernetes object: begin it with apiVersion, kind and metadata`,
  severity: "error",
});
