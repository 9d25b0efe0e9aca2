// YAML as kubectl reads it: version 1.2 with what its YAML library keeps of 1.1, so that what passes here means the
// same there. Nothing is judged here.
import { type Document, type ParsedNode, parseAllDocuments, type ScalarTag } from "yaml";

/** `yes`, `no`, `on`, `off`, `y` and `n` without quotes are booleans to kubectl. */
const bool: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  identify: (value) => typeof value === "boolean",
  test: /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|t|on)/i.test(text),
};

/** `0777` is octal and `1_000` is a thousand to kubectl. */
const integer: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?(?:0[0-7_]+|[0-9][0-9_]*_[0-9_]*)$/,
  resolve(text) {
    const digits = text.replaceAll("_", "");
    const octal = /^([-+]?)0([0-7]+)$/.exec(digits);
    return octal ? Number(`${octal[1] ?? ""}${parseInt(octal[2] ?? "", 8)}`) : Number(digits);
  },
};

/** Every document of a text; faults stand in each document's `errors` and `warnings`, positions are offsets. */
export function parseManifestText(text: string): Document.Parsed<ParsedNode>[] {
  const documents = parseAllDocuments(text, {
    prettyErrors: false,
    merge: true,
    customTags: (tags) => [
      bool,
      integer,
      ...tags.filter((tag) => typeof tag === "string" || tag.tag !== bool.tag),
    ],
  });
  // For a text without any document the library returns an empty list with properties of its own.
  return Array.isArray(documents) ? [...documents] : [];
}
