// CEL's string.format: "%s is %d" with a list of values.
import { fail } from "./failure.ts";

/** Fills the clauses of `template` with `values`. */
export function formatText(template: string, values: readonly unknown[]): string {
  let next = 0;
  const text = template.replace(
    /%(?:\.(\d+))?(.?)/gs,
    (_whole, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (next >= values.length) fail(`index ${next} out of range`);
      return one(verb, precision === undefined ? 6 : Number(precision), values[next++]);
    },
  );
  return text;
}

function one(verb: string, precision: number, value: unknown): string {
  switch (verb) {
    case "s":
      return spell(value);
    case "d":
      if (typeof value === "bigint" || typeof value === "number") return String(value);
      return fail("decimal clause can only be used on integers");
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : (value as bigint).toString(2);
    case "o":
      return (value as bigint).toString(8);
    case "x":
    case "X": {
      const hex =
        typeof value === "string" || value instanceof Uint8Array
          ? Buffer.from(value as string).toString("hex")
          : (value as bigint).toString(16);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default:
      return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

function spell(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spell).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, item]) => `${spell(key)}: ${spell(item)}`)
      .sort()
      .join(", ")}}`;
  if (value instanceof Date) return value.toISOString().replace(/\.?0*Z$/, "Z");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  return String(value);
}
