// Decimal numbers as people type them, compared exactly: 0.1 + 0.2 is 0.3 here. No grading.

/** digits · 10^-scale */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Longer input is no number anyone typed; it would only cost time. */
const MAX_LENGTH = 100;
const MAX_EXPONENT = 400;

/**
 * Reads a number as typed: `3.14`, `3,14`, `1 000`, `1,234.5`, `1.234,5`, `-2e3`, `−5`. Undefined for anything else.
 * A single comma or dot is the decimal sign; groups of three are only taken for groups when that is unambiguous.
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const compact = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/(?<=\d)[\s'’_](?=\d{3}(?!\d))/g, "");
  const match = /^([+-]?)(\d[\d.,]*|[.,]\d+)(?:e([+-]?\d{1,3}))?$/i.exec(compact);
  if (!match) return undefined;
  const [, sign = "", body = "", power = "0"] = match;
  const exponent = Number(power);
  const plain = withDecimalPoint(body);
  if (plain === undefined || Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const [whole = "", fraction = ""] = plain.split(".");
  const digits =
    BigInt((sign === "-" ? "-" : "") + whole + fraction) * (exponent > 0 ? 10n ** BigInt(exponent) : 1n);
  return { digits, scale: fraction.length + Math.max(0, -exponent) };
}

function withDecimalPoint(body: string): string | undefined {
  if (/^\d{1,3}(,\d{3})+\.\d*$/.test(body) || /^\d{1,3}(,\d{3}){2,}$/.test(body))
    return body.replaceAll(",", "");
  if (/^\d{1,3}(\.\d{3})+,\d*$/.test(body) || /^\d{1,3}(\.\d{3}){2,}$/.test(body))
    return body.replaceAll(".", "").replace(",", ".");
  return /^\d*[.,]?\d*$/.test(body) ? body.replace(",", ".") : undefined;
}

/** A number of a document as the decimal that was written there (the shortest that reads back the same). */
export function decimalOf(value: number): Decimal {
  const decimal = parseDecimal(String(value));
  if (!decimal) throw new RangeError(`${value} is no decimal number`);
  return decimal;
}

/** Whether |a - b| <= tolerance, without rounding anything. */
export function within(a: Decimal, b: Decimal, tolerance: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale, tolerance.scale);
  const difference = scaled(a, scale) - scaled(b, scale);
  return (difference < 0n ? -difference : difference) <= scaled(tolerance, scale);
}

const scaled = ({ digits, scale }: Decimal, to: number): bigint => digits * 10n ** BigInt(to - scale);
