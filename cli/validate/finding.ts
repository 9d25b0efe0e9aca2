// The vocabulary of `provost validate`: what is wrong, and where. Nothing is found or printed here.
import type { FieldPath } from "./field-path.ts";

/** `error` fails the run; `warning` says what could not be decided from the given manifests alone. */
export type Severity = "error" | "warning";

/** Something wrong with an object, before its place in the file is known. */
export interface Fault {
  readonly path: FieldPath;
  /** What is wrong and, after a colon, what to do about it. */
  readonly message: string;
  readonly severity?: Severity;
  /** Point at the field's key instead of its value. */
  readonly onKey?: boolean;
  /** Point at this text inside the value, where it can be found there. */
  readonly within?: string;
}

/** A fault with its place. Lines and columns count from 1, columns in UTF-16 units, as editors do. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Such as `spec.modules[1].items[0].key`; empty when the fault is one of the YAML text or the whole object. */
  readonly field: string;
  readonly message: string;
  readonly severity: Severity;
  /** Of the object the fault is in; empty where they are not known. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Findings by file, line and column, each once. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((finding) => [JSON.stringify(Object.values(finding)), finding]));
  return [...unique.values()].sort(
    (a, b) =>
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.field, b.field) ||
      compare(a.message, b.message),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
