// CEL functions on strings, lists and sets, and named formats, that Kubernetes has beyond the core language.
import { Optional } from "@marcbachmann/cel-js";
import { formatCheck } from "../formats.ts";
import { goRegExp } from "../go-regexp.ts";
import { fail } from "./failure.ts";
import type { Library } from "./library.ts";
import { formatText } from "./format-text.ts";
import { celDuration, celEqual } from "./types.ts";

/** Registers the function libraries. */
export function registerFunctionLibraries(env: Library): void {
  registerStrings(env);
  registerRegex(env);
  registerLists(env);
  registerSets(env);
  registerFormats(env);
  env.registerFunction("string(google.protobuf.Timestamp): string", (time: Date) =>
    time.toISOString().replace(/\.?0*Z$/, "Z"),
  );
  env.registerFunction("string(google.protobuf.Duration): string", (duration: object) => String(duration));
  env.registerFunction("int(google.protobuf.Timestamp): int", (time: Date) =>
    BigInt(Math.floor(time.getTime() / 1000)),
  );
}

class StringsNamespace {}

function registerStrings(env: Library): void {
  env.registerType("kubernetes.StringsNamespace", StringsNamespace);
  env.registerConstant("strings", "kubernetes.StringsNamespace", new StringsNamespace());
  env.registerFunction(
    "kubernetes.StringsNamespace.quote(string): string",
    (_: StringsNamespace, text: string) => JSON.stringify(text),
  );
  env.registerFunction("string.charAt(int): string", (text: string, at: bigint) => {
    const chars = [...text];
    if (at < 0n || at > BigInt(chars.length)) fail(`index out of range: ${at}`);
    return chars[Number(at)] ?? "";
  });
  env.registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  );
  env.registerFunction(
    "string.replace(string, string, int): string",
    (text: string, from: string, to: string, limit: bigint) => {
      if (limit < 0n) return text.replaceAll(from, () => to);
      let left = Number(limit);
      return text.replaceAll(from, (match: string) => (left-- > 0 ? to : match));
    },
  );
  env.registerFunction("string.format(list<dyn>): string", (text: string, values: readonly unknown[]) =>
    formatText(text, values),
  );
}

function registerRegex(env: Library): void {
  const matches = (text: string, pattern: string): boolean => regexp(pattern).test(text);
  env.registerFunction("string.mAtches(string): bool", matches);
  env.registerFunction("mAtches(string, string): bool", matches);
  env.registerFunction(
    "string.find(string): string",
    (text: string, pattern: string) => regexp(pattern).exec(text)?.[0] ?? "",
  );
  const findAll = (text: string, pattern: string, limit = -1n): string[] => {
    const { source, flags } = regexp(pattern);
    const all = [...text.matchAll(new RegExp(source, `${flags}g`))].map((match) => match[0]);
    return limit < 0n ? all : all.slice(0, Number(limit));
  };
  env.registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) =>
    findAll(text, pattern),
  );
  env.registerFunction("string.findAll(string, int): list<string>", findAll);
}

function regexp(pattern: string): RegExp {
  try {
    return goRegExp(pattern);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

type Comparable = bigint | number | string;

const asOrder = (value: unknown): Comparable => {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  return typeof value === "object" && value !== null ? Number(value.valueOf()) : (value as Comparable);
};
const order = (a: unknown, b: unknown): number => {
  const [x, y] = [asOrder(a), asOrder(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

class ListsNamespace {}

function registerLists(env: Library): void {
  env.registerFunction("list<T>.isSorted(): bool", (list: readonly unknown[]) =>
    list.every((item, i) => i === 0 || order(list[i - 1], item) <= 0),
  );
  env.registerFunction("list<T>.sum(): T", sum);
  env.registerFunction("list<T>.min(): T", (list: readonly unknown[]) => extreme(list, -1, "min"));
  env.registerFunction("list<T>.max(): T", (list: readonly unknown[]) => extreme(list, 1, "max"));
  env.registerFunction("list<T>.indexOf(T): int", (list: readonly unknown[], item: unknown) =>
    BigInt(list.findIndex((other) => celEqual(other, item))),
  );
  env.registerFunction("list<T>.lastIndexOf(T): int", (list: readonly unknown[], item: unknown) =>
    BigInt(list.findLastIndex((other) => celEqual(other, item))),
  );
  env.registerFunction("list<T>.sort(): list<T>", (list: readonly unknown[]) => [...list].sort(order));
  env.registerFunction("list<T>.distinct(): list<T>", (list: readonly unknown[]) =>
    list.filter((item, i) => list.findIndex((other) => celEqual(other, item)) === i),
  );
  env.registerFunction(
    "list<T>.slice(int, int): list<T>",
    (list: readonly unknown[], from: bigint, to: bigint) => {
      if (from < 0n || to > BigInt(list.length) || from > to)
        fail(`cannot slice(${from}, ${to}), list is length ${list.length}`);
      return list.slice(Number(from), Number(to));
    },
  );
  env.registerFunction("list<dyn>.flatten(): list<dyn>", (list: readonly unknown[]) => list.flat());
  env.registerFunction("list<dyn>.flatten(int): list<dyn>", (list: readonly unknown[], depth: bigint) =>
    list.flat(Number(depth) as 1),
  );
  env.registerType("kubernetes.ListsNamespace", ListsNamespace);
  env.registerConstant("lists", "kubernetes.ListsNamespace", new ListsNamespace());
  env.registerFunction(
    "kubernetes.ListsNamespace.range(int): list<int>",
    (_: ListsNamespace, count: bigint) => Array.from({ length: Number(count) }, (_item, i) => BigInt(i)),
  );
}

function extreme(list: readonly unknown[], sign: 1 | -1, name: string): unknown {
  if (list.length === 0) fail(`${name} called on empty list`);
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
}

function sum(list: readonly unknown[]): unknown {
  const [first] = list;
  if (typeof first === "object" && first !== null && "seconds" in first) {
    const nanos = (list as readonly { seconds: bigint; nanos: number }[]).reduce(
      (total, item) => total + item.seconds * 1_000_000_000n + BigInt(item.nanos),
      0n,
    );
    return celDuration(nanos);
  }
  if (typeof first === "number") return (list as readonly number[]).reduce((total, item) => total + item, 0);
  return (list as readonly bigint[]).reduce((total, item) => total + item, 0n);
}

class SetsNamespace {}

function registerSets(env: Library): void {
  const has = (list: readonly unknown[], item: unknown): boolean =>
    list.some((other) => celEqual(other, item));
  const contains = (a: readonly unknown[], b: readonly unknown[]): boolean => b.every((item) => has(a, item));
  const N = "kubernetes.SetsNamespace";
  env.registerType(N, SetsNamespace);
  env.registerConstant("sets", N, new SetsNamespace());
  env.registerFunction(
    `${N}.contains(list<T>, list<T>): bool`,
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => contains(a, b),
  );
  env.registerFunction(
    `${N}.equivalent(list<T>, list<T>): bool`,
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => contains(a, b) && contains(b, a),
  );
  env.registerFunction(
    `${N}.intersects(list<T>, list<T>): bool`,
    (_: SetsNamespace, a: readonly unknown[], b: readonly unknown[]) => a.some((item) => has(b, item)),
  );
}

class FormatNamespace {}

class NamedFormat {
  readonly faults: (text: string) => string[];

  constructor(faults: (text: string) => string[]) {
    this.faults = faults;
  }
}

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const shaped =
  (pattern: RegExp, limit: number, what: string) =>
  (text: string): string[] => [
    ...(text.length > limit ? [`must be no more than ${limit} characters`] : []),
    ...(pattern.test(text) ? [] : [what]),
  ];
const unprefix = (text: string): string => text.replace(/-$/, "a");
const formatted =
  (format: string) =>
  (text: string): string[] =>
    formatCheck(format)?.(text) ? [] : [`invalid ${format}`];
const qualifiedName = (text: string): string[] => {
  const parts = text.split("/");
  if (parts.length > 2) return ["a qualified name must have at most one '/'"];
  const prefix =
    parts.length === 2 ? shaped(subdomain, 253, "prefix part must be a DNS subdomain")(parts[0] ?? "") : [];
  return [
    ...prefix,
    ...shaped(
      qualified,
      63,
      "name part must consist of alphanumeric characters, '-', '_' or '.'",
    )(parts.at(-1) ?? ""),
  ];
};

const isLabel = shaped(
  label,
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
);
const isLabel1035 = shaped(
  label1035,
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
);
const isSubdomain = shaped(
  subdomain,
  253,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
);

const FORMATS: Record<string, NamedFormat> = {
  dns1123Label: new NamedFormat(isLabel),
  dns1123LabelPrefix: new NamedFormat((text) => isLabel(unprefix(text))),
  dns1123Subdomain: new NamedFormat(isSubdomain),
  dns1123SubdomainPrefix: new NamedFormat((text) => isSubdomain(unprefix(text))),
  dns1035Label: new NamedFormat(isLabel1035),
  dns1035LabelPrefix: new NamedFormat((text) => isLabel1035(unprefix(text))),
  qualifiedName: new NamedFormat(qualifiedName),
  labelValue: new NamedFormat(
    shaped(
      labelValue,
      63,
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
    ),
  ),
  uri: new NamedFormat(formatted("uri")),
  uuid: new NamedFormat(formatted("uuid")),
  byte: new NamedFormat(formatted("byte")),
  date: new NamedFormat(formatted("date")),
  datetime: new NamedFormat(formatted("date-time")),
};

function registerFormats(env: Library): void {
  env.registerType("kubernetes.FormatNamespace", FormatNamespace);
  env.registerType("kubernetes.NamedFormat", NamedFormat);
  env.registerConstant("format", "kubernetes.FormatNamespace", new FormatNamespace());
  for (const [name, format] of Object.entries(FORMATS))
    env.registerFunction(`kubernetes.FormatNamespace.${name}(): kubernetes.NamedFormat`, () => format);
  env.registerFunction(
    "kubernetes.FormatNamespace.named(string): optional<kubernetes.NamedFormat>",
    (_: FormatNamespace, name: string) =>
      Object.hasOwn(FORMATS, name) ? Optional.of(FORMATS[name]) : Optional.none(),
  );
  env.registerFunction(
    "kubernetes.NamedFormat.validate(string): optional<list<string>>",
    (format: NamedFormat, text: string) => {
      const faults = format.faults(text);
      return faults.length > 0 ? Optional.of(faults) : Optional.none();
    },
  );
}
