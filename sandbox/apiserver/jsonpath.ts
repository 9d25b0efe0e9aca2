// The part of kubectl's JSONPath that printer columns use: fields, quoted fields, indexes, wildcards, filters.

type Step =
  | { kind: "field"; name: string }
  | { kind: "index"; at: number }
  | { kind: "all" }
  | { kind: "descend"; name: string }
  | { kind: "filter"; path: Step[]; operator: string; value: unknown };

export type ColumnPath = (object: unknown) => unknown[];

const field = /^\.((?:[^.[\\]|\\.)+)/;
const descent = /^\.\.([A-Za-z_][\w-]*)/;
const quoted = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const index = /^\[(-?\d+)\]/;
const all = /^(?:\[\*\]|\.\*)/;
const filter = /^\[\?\(\s*@([^=!<>]*?)\s*(?:(==|!=|<=|>=|<|>)\s*("[^"]*"|'[^']*'|[^\s)]+)\s*)?\)\]/;

const literal = (text: string): unknown => {
  if (/^["'].*["']$/.test(text)) return text.slice(1, -1);
  if (text === "true" || text === "false") return text === "true";
  return Number.isNaN(Number(text)) ? text : Number(text);
};

const parse = (text: string): Step[] | undefined => {
  const steps: Step[] = [];
  let rest = text;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const match = pattern.exec(rest);
    if (match !== null) rest = rest.slice(match[0].length);
    return match;
  };
  while (rest !== "") {
    let match: RegExpExecArray | null;
    if (take(all) !== null) steps.push({ kind: "all" });
    else if ((match = take(descent)) !== null) steps.push({ kind: "descend", name: match[1] ?? "" });
    else if ((match = take(field)) !== null)
      steps.push({ kind: "field", name: (match[1] ?? "").replace(/\\(.)/g, "$1") });
    else if ((match = take(quoted)) !== null)
      steps.push({ kind: "field", name: (match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1") });
    else if ((match = take(index)) !== null) steps.push({ kind: "index", at: Number(match[1]) });
    else if ((match = take(filter)) !== null) {
      const path = parse(match[1] ?? "");
      if (path === undefined) return undefined;
      steps.push({ kind: "filter", path, operator: match[2] ?? "exists", value: literal(match[3] ?? "") });
    } else return undefined;
  }
  return steps;
};

const compare = (have: unknown, operator: string, want: unknown): boolean => {
  if (operator === "==") return have === want;
  if (operator === "!=") return have !== want;
  const [a, b] = [have as number, want as number];
  if (typeof a !== typeof b) return false;
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
};

const children = (value: unknown): unknown[] =>
  value !== null && typeof value === "object" ? Object.values(value) : [];

const descendants = (value: unknown, name: string): unknown[] => {
  const own =
    value !== null && typeof value === "object" && !Array.isArray(value) && name in value
      ? [(value as Record<string, unknown>)[name]]
      : [];
  return [...own, ...children(value).flatMap((child) => descendants(child, name))];
};

const apply = (step: Step, value: unknown): unknown[] => {
  switch (step.kind) {
    case "field": {
      if (value === null || typeof value !== "object" || !Object.hasOwn(value, step.name)) return [];
      return [(value as Record<string, unknown>)[step.name]];
    }
    case "index":
      return Array.isArray(value) && value.at(step.at) !== undefined ? [value.at(step.at)] : [];
    case "all":
      return children(value);
    case "descend":
      return descendants(value, step.name);
    case "filter":
      return children(value).filter((item) => {
        const found = walk(step.path, item);
        return step.operator === "exists"
          ? found.length > 0
          : found.length > 0 && compare(found[0], step.operator, step.value);
      });
  }
};

const walk = (steps: readonly Step[], value: unknown): unknown[] =>
  steps.reduce<unknown[]>((values, step) => values.flatMap((v) => apply(step, v)), [value]);

/** Compiles `.status.conditions[?(@.type=="Ready")].status`; undefined when it cannot be understood. */
export const parseColumnPath = (text: string): ColumnPath | undefined => {
  const bare = text.replace(/^\{(.*)\}$/, "$1").replace(/^\$/, "");
  if (!bare.startsWith(".") && !bare.startsWith("[")) return undefined;
  const steps = parse(bare);
  return steps && ((object) => walk(steps, object));
};
