// The reference page of a kind: every field with its type, default, limits and rules, from the schema alone.
import { API_VERSION, type KindDefinition } from "../api/index.ts";
import type { ObjectSchema, Structural } from "../api/schema/structural.ts";

/** The Markdown page for docs/reference. */
export function kindReference(kind: KindDefinition): string {
  return [
    `<!-- Generated from api/ by \`npm run generate\`. -->`,
    `# ${kind.kind}`,
    "",
    kind.description,
    "",
    `\`apiVersion: ${API_VERSION}\` · ${kind.scope.toLowerCase()} · short name \`${kind.shortNames.join("`, `")}\` · category \`provost\``,
    "",
    "## spec",
    "",
    ...fieldTable(kind.spec, "spec"),
    "",
    "## status",
    "",
    ...fieldTable(kind.status, "status"),
    "",
  ].join("\n");
}

/** A table of every field below an object schema, depth first. */
export function fieldTable(schema: ObjectSchema, root: string): string[] {
  const rows = ["| field | type | description |", "|---|---|---|"];
  for (const rule of schema["x-kubernetes-validations"] ?? [])
    rows.push(row(root, "object", `Rule: ${rule.message}.`));
  const walk = (object: ObjectSchema, path: string): void => {
    for (const [name, field] of Object.entries(object.properties)) {
      const at = `${path}.${name}`;
      rows.push(row(at, typeName(field), describe(field, object.required?.includes(name) ?? false)));
      const inner = innerObject(field);
      if (inner) walk(inner.schema, at + inner.suffix);
    }
  };
  walk(schema, root);
  return rows;
}

function row(field: string, type: string, text: string): string {
  return `| \`${field}\` | ${type} | ${text.replaceAll("|", "\\|").replaceAll("\n", " ")} |`;
}

function innerObject(field: Structural): { schema: ObjectSchema; suffix: string } | undefined {
  if (!("type" in field)) return undefined;
  if (field.type === "array") {
    const inner = innerObject(field.items);
    return inner && { schema: inner.schema, suffix: `[]${inner.suffix}` };
  }
  return field.type === "object" && "properties" in field ? { schema: field, suffix: "" } : undefined;
}

function typeName(field: Structural): string {
  if (!("type" in field)) return "int or string";
  if (field.type === "array") return `list of ${typeName(field.items)}`;
  if (field.type === "object" && "additionalProperties" in field)
    return `map of ${typeName(field.additionalProperties)}`;
  return "format" in field && field.format === "date-time" ? "time" : field.type;
}

function describe(field: Structural, required: boolean): string {
  const facts: string[] = [];
  const f = field as unknown as Record<string, unknown>;
  if (required) facts.push("**required**");
  if (f["enum"]) facts.push(`one of ${(f["enum"] as string[]).map((v) => `\`${v}\``).join(", ")}`);
  if (f["default"] !== undefined && typeof f["default"] !== "object")
    facts.push(`default \`${String(f["default"])}\``);
  if (f["minimum"] !== undefined) facts.push(`at least ${String(f["minimum"])}`);
  if (f["maximum"] !== undefined) facts.push(`at most ${String(f["maximum"])}`);
  if (f["maxLength"] !== undefined) facts.push(`at most ${String(f["maxLength"])} characters`);
  if (f["minItems"] !== undefined) facts.push(`at least ${String(f["minItems"])}`);
  if (f["maxItems"] !== undefined) facts.push(`at most ${String(f["maxItems"])}`);
  const keys = f["x-kubernetes-list-map-keys"] as string[] | undefined;
  if (keys) facts.push(`unique by \`${keys.join("`, `")}\``);
  if (f["pattern"] && String(f["pattern"]).length < 60) facts.push(`pattern \`${String(f["pattern"])}\``);
  const rules = (field["x-kubernetes-validations"] ?? []).map((rule) => `Rule: ${rule.message}.`);
  return [field.description, facts.length > 0 ? `(${facts.join("; ")})` : "", ...rules]
    .filter(Boolean)
    .join(" ");
}
