// From a file's text to its objects, each knowing where its fields stand, and to the faults of the YAML itself.
import { type Document, isMap, isSeq, type Node } from "yaml";
import { jsonClone } from "../../sandbox/schema/index.ts";
import { parseManifestText } from "./dialect.ts";
import { type FieldPath, formatPath, isMapping } from "./field-path.ts";
import type { Fault, Finding } from "./finding.ts";
import { Lines } from "./lines.ts";
import { nodeAt, offsetOf } from "./locate.ts";
import { type TextFault, textFaults } from "./text-faults.ts";

/** A text to validate and the name its findings carry. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** One object of a file: a document, or an entry of a `kind: List`. */
export class Entry {
  readonly value: Record<string, unknown>;
  readonly #source: Source;
  readonly #document: Document;
  readonly #node: Node;
  readonly #lines: Lines;

  constructor(
    value: Record<string, unknown>,
    at: { source: Source; document: Document; node: Node; lines: Lines },
  ) {
    this.value = value;
    this.#source = at.source;
    this.#document = at.document;
    this.#node = at.node;
    this.#lines = at.lines;
  }

  get file(): string {
    return this.#source.file;
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
    return nodeAt(this.#document, this.#node, path);
  }

  /** `file:line` of the object, for messages about other objects. */
  get place(): string {
    return `${this.file}:${this.#lines.place(this.#node.range?.[0] ?? 0).line}`;
  }

  /** A fault of this object with its place. */
  finding(fault: Fault): Finding {
    const offset = offsetOf(this.#document, this.#node, fault.path, fault, this.#source.text);
    return {
      file: this.file,
      ...this.#lines.place(offset),
      field: formatPath(fault.path),
      message: fault.message,
      severity: fault.severity ?? "error",
      kind: this.kind,
      namespace: this.namespace,
      name: this.name,
    };
  }

  #metadata(field: string): unknown {
    const metadata = this.value["metadata"];
    return isMapping(metadata) ? metadata[field] : undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Everything in one text: its objects, and what is wrong with the text itself. */
export function readSource(source: Source): { entries: Entry[]; findings: Finding[] } {
  const lines = new Lines(source.text);
  const entries: Entry[] = [];
  const findings: Finding[] = [];
  const report = ({ offset, field, message, severity }: TextFault): void => {
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
  for (const document of parseManifestText(source.text)) {
    const { faults, isReadable } = textFaults(document);
    faults.forEach(report);
    const node = document.contents;
    if (!isReadable || node === null) continue;
    for (const object of objectsOf(document, node, report))
      entries.push(new Entry(object.value, { source, document, node: object.node, lines }));
  }
  return { entries, findings };
}

interface PlacedObject {
  readonly value: Record<string, unknown>;
  readonly node: Node;
}

function objectsOf(document: Document, node: Node, report: (fault: TextFault) => void): PlacedObject[] {
  let value: unknown;
  try {
    // A clone, so that two aliases of one anchor do not share what is filled in later.
    value = jsonClone(document.toJS() as unknown);
  } catch (error) {
    // The library's guard against documents whose aliases unfold without end.
    const why = error instanceof Error ? error.message : String(error);
    report({
      offset: node.range?.[0] ?? 0,
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
  if (value["kind"] !== "List" || value["apiVersion"] !== "v1") return [{ value, node }];
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
    if (isMapping(item)) return [{ value: item, node: at }];
    report({ ...notAnObject(at, "an entry of a List"), field: `items[${i}]` });
    return [];
  });
}

const notAnObject = (node: Node, what: string): TextFault => ({
  offset: node.range?.[0] ?? 0,
  field: "",
  message: `${what} must be a Kubernetes object: begin it with apiVersion, kind and metadata`,
  severity: "error",
});
