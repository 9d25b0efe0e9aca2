// Checks of one string or one number against its schema, worded like kube-apiserver.
import { goRegExp } from "./go-regexp.ts";
import type { CompiledNode } from "./node.ts";
import type { FieldError } from "./types.ts";

/** An "Invalid" fault. */
export const invalid = (field: string, badValue: unknown, detail: string): FieldError => ({
  type: "Invalid",
  field,
  badValue,
  detail,
});

/** The JSON schema name of a value's type. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Length, pattern and format of a string. */
export function checkString(node: CompiledNode, value: string, path: string, errors: FieldError[]): void {
  const { minLength, maxLength, pattern, format } = node.props;
  if (maxLength !== undefined && longerThan(value, maxLength))
    errors.push({
      type: "TooLong",
      field: path,
      badValue: value,
      detail: `may not be more than ${maxLength} bytes`,
    });
  if (minLength !== undefined && shorterThan(value, minLength))
    errors.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  if (pattern !== undefined && !goRegExp(pattern).test(value))
    errors.push(invalid(path, value, `${path} in body should match '${pattern}'`));
  if (node.formatCheck && !node.formatCheck(value))
    errors.push({
      type: "TypeInvalid",
      field: path,
      badValue: value,
      detail: `${path} in body must be of type ${format ?? ""}: ${JSON.stringify(value)}`,
    });
}

/** More characters than `limit`; characters, not UTF-16 units, of which one character has one or two. */
export const longerThan = (value: string, limit: number): boolean =>
  value.length > limit && (value.length > 2 * limit || characters(value) > limit);

/** Fewer characters than `limit`. */
export const shorterThan = (value: string, limit: number): boolean =>
  value.length < 2 * limit && (value.length < limit || characters(value) < limit);

/** Counted in place: texts may be hundreds of kilobytes long. */
function characters(value: string): number {
  let pairs = 0;
  for (let i = 0; i < value.length - 1; i++) {
    // A high surrogate followed by a low one is one character.
    if ((value.charCodeAt(i) & 0xfc00) === 0xd800 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      pairs++;
      i++;
    }
  }
  return value.length - pairs;
}

const INT_LIMITS: Record<string, [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

/** Range and step of a number. */
export function checkNumber(node: CompiledNode, value: number, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf, format } = node.props;
  const limits = node.type === "integer" ? INT_LIMITS[format ?? ""] : undefined;
  if (limits && (value < limits[0] || value > limits[1]))
    errors.push(
      invalid("<nil>", "", `Checked value must be of type integer with format ${format ?? ""} in ${path}`),
    );
  if (minimum !== undefined) {
    const exclusive = node.props.exclusiveMinimum === true;
    if (value < minimum || (exclusive && value === minimum))
      errors.push(
        invalid(
          path,
          value,
          `${path} in body should be greater than ${exclusive ? "" : "or equal to "}${minimum}`,
        ),
      );
  }
  if (maximum !== undefined) {
    const exclusive = node.props.exclusiveMaximum === true;
    if (value > maximum || (exclusive && value === maximum))
      errors.push(
        invalid(
          path,
          value,
          `${path} in body should be less than ${exclusive ? "" : "or equal to "}${maximum}`,
        ),
      );
  }
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf))
    errors.push(invalid(path, value, `${path} in body should be a multiple of ${multipleOf}`));
}

function isMultiple(value: number, step: number): boolean {
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
