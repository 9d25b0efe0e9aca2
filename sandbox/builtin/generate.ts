// Writes schemas.gen.json: names, types and required fields of the built-in kinds' types, read from the models of
// @kubernetes/client-node. Run it after that package moves to another Kubernetes version:
//   node sandbox/builtin/generate.ts
// Everything the models do not know (list keys, enums, defaults) is written by hand in the tables beside this file.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { kinds } from "./kinds.ts";

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const models = new URL("../../node_modules/@kubernetes/client-node/dist/gen/models/", import.meta.url);
const target = new URL("./schemas.gen.json", import.meta.url);

/** Types that have a schema of their own in this repository, or are free-form. */
const elsewhere = new Set(["V1ObjectMeta", "V1JSONSchemaProps", "V1MicroTime"]);

const short: Record<string, string> = {
  int32: "i32",
  int64: "i64",
  double: "number",
  byte: "byte",
  "int-or-string": "ios",
};

/** `[X` is a list of X, `{X` a map of X; `s` string, `b` boolean, `t` time, and so on; anything else a type's name. */
function spell(type: string, format: string): string {
  const list = /^Array<(.*)>$/.exec(type);
  if (list) return `[${spell(list[1] ?? "", format)}`;
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
  if (map) return `{${spell(map[1] ?? "", format)}`;
  switch (type) {
    case "string":
      return short[format] ?? "s";
    case "number":
      return short[format] ?? "i64";
    case "boolean":
      return "b";
    case "Date":
      return "t";
    case "V1MicroTime":
      return "micro";
    case "IntOrString":
      return "ios";
    case "any":
    case "object":
      return "any";
    default:
      return elsewhere.has(type) ? "any" : type;
  }
}

function readModel(name: string): Record<string, string | string[]> {
  const code = readFileSync(new URL(`${name}.js`, models), "utf8");
  const attributes = JSON.parse(
    /attributeTypeMap = (\[[\s\S]*?\n?\]);/.exec(code)?.[1] ?? "[]",
  ) as Attribute[];
  const typings = readFileSync(new URL(`${name}.d.ts`, models), "utf8");
  const required = attributes
    .map(({ baseName }) => baseName)
    .filter((field) => new RegExp(`^    '${field.replaceAll("$", "\\$")}': `, "m").test(typings));
  const fields = attributes
    .filter(({ type, baseName }) => type !== "V1ObjectMeta" || baseName !== "metadata")
    .map(({ baseName, type, format }) => [baseName, spell(type, format)] as const);
  const metadata = attributes.some(({ type }) => type === "V1ObjectMeta")
    ? [["metadata", "meta"] as const]
    : [];
  const sorted = [...fields, ...metadata].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...(required.length > 0 && { "!": required }), ...Object.fromEntries(sorted) };
}

/** The compact schemas of every type that the kinds reach. */
export function generate(): Record<string, Record<string, string | string[]>> {
  const types: Record<string, Record<string, string | string[]>> = {};
  const queue = kinds.map(({ model }) => model);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (types[name]) continue;
    const model = readModel(name);
    types[name] = model;
    for (const spelled of Object.values(model).flat()) {
      const inner = spelled.replace(/^[[{]+/, "");
      if (/^[A-Z]/.test(inner) && existsSync(new URL(`${inner}.js`, models))) queue.push(inner);
    }
  }
  return Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The file's content: one type a line. */
export function print(types: ReturnType<typeof generate>): string {
  const lines = Object.entries(types).map(
    ([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, print(generate()));
