// Says in plain words, with the remedy, what the API server would say of a field. Finds no fault itself.
import type { FieldError, SchemaNode } from "../../sandbox/schema/index.ts";
import { isMapping } from "./field-path.ts";
import { patternWords } from "./patterns.ts";
import { didYouMean, listed } from "./suggest.ts";

/** A field as the author wrote it. */
export interface Written {
  readonly node: SchemaNode;
  readonly value: unknown;
  /** The text of a scalar in the file, where it is one without quotes. */
  readonly plain: string | undefined;
  /** Whether the key stands in the file, be it without a value. */
  readonly isPresent: boolean;
  readonly isRequired: boolean;
}

/** The message for one fault that the schema found. */
export function schemaMessage(error: FieldError, written: Written): string {
  const { node, value } = written;
  switch (error.type) {
    case "Required":
      return written.isPresent
        ? `has no value: give it one (${firstSentence(node)})`
        : `missing: add it (${firstSentence(node)})`;
    case "TypeInvalid":
      return typeof value === "string" && node.type === "string"
        ? formatMessage(node.props.format ?? "", value)
        : typeMessage(written);
    case "NotSupported": {
      const allowed = (node.props.enum ?? []).map(String);
      return `${shown(value)} is not one of ${listed(allowed)}: ${didYouMean(String(value), allowed, "choose one of them")}`;
    }
    case "TooLong":
      return `has ${[...String(value)].length} characters, at most ${node.props.maxLength} are allowed: shorten it`;
    case "TooMany":
      return `has ${sizeOf(value)} entries, at most ${node.props.maxItems ?? node.props.maxProperties} are allowed: remove some`;
    case "Invalid":
      return limitMessage(error.detail, written);
    default:
      return error.detail;
  }
}

/** The first sentence of a field's description, without its full stop. */
export function firstSentence(node: SchemaNode): string {
  const [first = ""] = (node.props.description ?? "").split(/(?<!e\.g|i\.e)\.(?:\s|$)/);
  return first || "see docs/reference";
}

function limitMessage(detail: string, { node, value, isRequired }: Written): string {
  const { pattern, minLength, minimum, maximum, minItems, minProperties } = node.props;
  if (detail.includes(" should match '"))
    return `${shown(value)} is not ${patternWords(pattern ?? "") ?? `what is asked for here: it must match ${pattern ?? ""}`}`;
  if (detail.includes(" chars long"))
    return value === ""
      ? `is empty: write something${isRequired ? "" : ", or leave the field out"}`
      : `has ${[...String(value)].length} characters: write at least ${minLength}`;
  if (detail.includes(" greater than ")) return `${shown(value)} is too little: write ${minimum} or more`;
  if (detail.includes(" less than ")) return `${shown(value)} is too much: write ${maximum} or less`;
  if (detail.includes(" items") || detail.includes(" properties"))
    return `has ${sizeOf(value)} entries: add some, at least ${minItems ?? minProperties} must be there`;
  if (detail.includes("with format int")) return `${shown(value)} is too large a number: write a smaller one`;
  return detail;
}

const FORMATS: Record<string, string> = {
  "date-time": "a time: write it as 2026-09-01T08:00:00Z (RFC 3339)",
  byte: "base64: encode the content, for instance with `base64 -w0 FILE`",
};

const formatMessage = (format: string, value: string): string =>
  `${shown(value)} is not ${FORMATS[format] ?? `of the format ${format}: correct it`}`;

const KINDS: Record<string, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

function typeMessage(written: Written): string {
  const { node, value, plain } = written;
  const wanted = node.type === "" ? "a number or text" : (KINDS[node.type] ?? node.type);
  const found =
    value === null || value === undefined ? "nothing" : `${nameOf(value)}${valueOf(value, plain)}`;
  return `must be ${wanted}, not ${found}: ${typeRemedy(written)}`;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  return { string: "text", number: "the number", boolean: "the boolean" }[typeof value as string] ?? "this";
}

function valueOf(value: unknown, plain: string | undefined): string {
  if (typeof value === "object") return "";
  const written = plain !== undefined && plain !== String(value) ? ` (written ${plain})` : "";
  return ` ${shown(value)}${written}`;
}

function typeRemedy({ node, value, plain }: Written): string {
  const text = typeof value === "string" ? value.trim() : "";
  switch (node.type) {
    case "string":
      return typeof value === "object"
        ? "write one text here"
        : `put quotes around it, "${plain ?? String(value)}"`;
    case "boolean":
      return /^(true|false)$/.test(text) ? "remove the quotes" : "write true or false";
    case "integer":
    case "number":
      return text !== "" && !Number.isNaN(Number(text)) ? "remove the quotes" : `write ${KINDS[node.type]}`;
    case "array":
      return "begin each entry with a hyphen";
    case "object": {
      const fields = [...node.properties.keys()];
      const below =
        fields.length > 0
          ? `write its fields indented below it (${listed(fields)})`
          : "write `key: value` pairs";
      return Array.isArray(value) ? `remove the hyphen, there is only one: ${below}` : below;
    }
    default:
      return "write a number or text";
  }
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : Object.keys((value ?? {}) as object).length;
}

/** A scalar as it may stand in a message, cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 70 ? `${text.slice(0, 66)}…"` : text;
}
