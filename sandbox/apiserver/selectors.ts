// Label and field selectors: parsing what stands in the query, and matching objects.
import type { KubeObject } from "../cluster.ts";
import type { ApiResource } from "./resources.ts";
import { badRequest } from "./status.ts";

type Operator = "=" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

interface Requirement {
  key: string;
  operator: Operator;
  values: ReadonlySet<string>;
}

export type Matcher = (object: KubeObject) => boolean;

const labelError = (text: string, why: string): Error =>
  badRequest(`unable to parse requirement: ${why} in label selector "${text}"`);

const labelKey = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Splits at commas outside of parentheses. */
const splitRequirements = (text: string): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")") depth--;
    else if (text[i] === "," && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
};

const parseRequirement = (part: string, whole: string): Requirement => {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  const equality = /^([^=!<>\s]+)\s*(==|=|!=|<|>)\s*([^=!<>\s]*)$/.exec(part);
  const existence = /^(!?)\s*([^=!<>\s()]+)$/.exec(part);
  let requirement: Requirement;
  if (set !== null) {
    const values = new Set((set[3] ?? "").split(",").map((v) => v.trim()));
    requirement = { key: set[1] ?? "", operator: set[2] as Operator, values };
  } else if (equality !== null) {
    const operators: Record<string, Operator> = { "=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt" };
    const operator = operators[equality[2] ?? ""] ?? "=";
    requirement = { key: equality[1] ?? "", operator, values: new Set([equality[3] ?? ""]) };
  } else if (existence !== null) {
    requirement = {
      key: existence[2] ?? "",
      operator: existence[1] === "!" ? "!" : "exists",
      values: new Set(),
    };
  } else throw labelError(whole, `found '${part}', expected: KEY, !KEY, KEY=VALUE or KEY in (VALUE, ...)`);
  if (!labelKey.test(requirement.key)) throw labelError(whole, `invalid label key "${requirement.key}"`);
  for (const value of requirement.values)
    if (value.length > 63 || !labelValue.test(value))
      throw labelError(whole, `invalid label value "${value}"`);
  return requirement;
};

const holds = ({ key, operator, values }: Requirement, labels: Record<string, string>): boolean => {
  const value = labels[key];
  switch (operator) {
    case "=":
    case "in":
      return value !== undefined && values.has(value);
    case "!=":
    case "notin":
      return value === undefined || !values.has(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
    case "lt": {
      const [have, want] = [Number(value), Number([...values][0])];
      return value !== undefined && (operator === "gt" ? have > want : have < want);
    }
  }
};

/** Parses `app=web,tier in (a,b),!legacy`; undefined when there is nothing to select by. Throws 400. */
export const labelMatcher = (text: string | undefined): Matcher | undefined => {
  if (text === undefined || text.trim() === "") return undefined;
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((requirement) => holds(requirement, labels));
  };
};

/** A LabelSelector object (`matchLabels`, `matchExpressions`) in the query form, as `/scale` shows it. */
export const selectorText = (selector: unknown): string => {
  if (typeof selector === "string") return selector;
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const expression = (e: { key: string; operator: string; values?: string[] }): string => {
    const values = `(${[...(e.values ?? [])].sort().join(",")})`;
    if (e.operator === "In") return `${e.key} in ${values}`;
    if (e.operator === "NotIn") return `${e.key} notin ${values}`;
    return e.operator === "Exists" ? e.key : `!${e.key}`;
  };
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(expression),
  ]
    .sort()
    .join(",");
};

export interface FieldSelection {
  matches: Matcher;
  /** Set when the selector pins one name or namespace: the reader can then look up instead of scanning. */
  name?: string;
  namespace?: string;
}

interface FieldTerm {
  path: string;
  equal: boolean;
  value: string;
}

const unescape = (text: string): string => text.replace(/\\(.)/g, "$1");

const parseTerm = (part: string): FieldTerm => {
  const match = /^((?:[^\\=!]|\\.)+?)(==|=|!=)((?:[^\\=]|\\.)*)$/.exec(part);
  if (match === null)
    throw badRequest(`invalid selector: '${part}'; can't understand '${part}' (expected FIELD=VALUE)`);
  return { path: match[1] ?? "", equal: match[2] !== "!=", value: unescape(match[3] ?? "") };
};

const valueAt = (object: KubeObject, path: string): string => {
  let at: unknown = object;
  for (const step of path.split(".")) at = (at as Record<string, unknown> | null | undefined)?.[step];
  // `source` of an event means the reporting component, `spec.unschedulable` absent means false.
  if (path === "source") at = (at as { component?: string } | undefined)?.component;
  if (at === undefined && path === "spec.unschedulable") return "false";
  return at === undefined || at === null ? "" : typeof at === "object" ? JSON.stringify(at) : String(at);
};

/** Field names of events.k8s.io in terms of the stored core event. */
const storedPath = (path: string): string => path.replace(/^regarding\./, "involvedObject.");

/** Parses `metadata.name=x,status.phase!=Running` for objects of `res`. Throws 400 on an unknown field. */
export const fieldMatcher = (text: string | undefined, res: ApiResource): FieldSelection | undefined => {
  if (text === undefined || text.trim() === "") return undefined;
  const terms = text
    .split(/(?<!\\),/)
    .filter((part) => part.trim() !== "")
    .map(parseTerm);
  for (const term of terms) {
    const path = storedPath(term.path);
    const known =
      path === "metadata.name" || path === "metadata.namespace" || res.selectableFields.includes(`.${path}`);
    if (!known) throw badRequest(`field label not supported: ${term.path}`);
  }
  const pinned = (path: string): string | undefined =>
    terms.find((term) => term.path === path && term.equal)?.value;
  const [name, namespace] = [pinned("metadata.name"), pinned("metadata.namespace")];
  return {
    matches: (object) =>
      terms.every(({ path, equal, value }) => (valueAt(object, storedPath(path)) === value) === equal),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
};
