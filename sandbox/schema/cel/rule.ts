// One validation rule: compiled once, run often. Where rules stand and whose faults they report is rules.ts.
import { Optional, type Environment, type ParseResult } from "@marcbachmann/cel-js";
import type { CompiledNode } from "../node.ts";
import type { FieldError, ValidationRule } from "../types.ts";
import { mentions, respell } from "./environment.ts";
import { fieldPathSuffix } from "./field-path.ts";
import type { CelType } from "./types.ts";

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: string; readonly message?: undefined }
  | { readonly ok: false; readonly error?: undefined; readonly message: string };

export interface CompiledRule {
  readonly source: ValidationRule;
  /** It compares with the old value and so only runs on updates (or sees none, with optionalOldSelf). */
  readonly isTransition: boolean;
  /** What `fieldPath` adds to the path of the value, such as `.a[key]`. */
  readonly fieldPath: string;
  run(self: unknown, oldSelf: unknown): Verdict;
}

/** Where a rule stands. */
export interface RulePlace {
  readonly node: CompiledNode;
  readonly type: CelType;
  /** Path of the rule in the schema. */
  readonly path: string;
  /** Path of a list above whose items have no identity. */
  readonly uncorrelatable: string | undefined;
}

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** Compiles a rule, or says why it cannot be used. */
export function compileRule(
  types: Environment,
  rule: ValidationRule,
  place: RulePlace,
): CompiledRule | FieldError[] {
  const errors: FieldError[] = [];
  const isTransition = mentions(rule.rule, "oldSelf");
  checkShape(rule, place, isTransition, errors);
  const fieldPath = rule.fieldPath === undefined ? "" : fieldPathSuffix(place.node, rule.fieldPath);
  if (fieldPath === undefined)
    errors.push({
      type: "Invalid",
      field: `${place.path}.fieldPath`,
      badValue: rule.fieldPath,
      detail: "must be a valid path",
    });
  if (rule.rule.trim() === "") return errors;
  const env = types.clone();
  env.registerVariable("self", place.type.name);
  env.registerVariable("oldSelf", rule.optionalOldSelf ? `optional<${place.type.name}>` : place.type.name);
  const test = compile(env, rule.rule, "bool");
  if (typeof test === "string") {
    const detail = test === "" ? "cel expression must evaluate to a bool" : `compilation failed: ${test}`;
    errors.push({ type: "Invalid", field: `${place.path}.rule`, badValue: rule, detail });
  }
  const message =
    rule.messageExpression === undefined ? undefined : compile(env, rule.messageExpression, "string");
  if (typeof message === "string") {
    const detail =
      message === ""
        ? "messageExpression must evaluate to a string"
        : `messageExpression compilation failed: ${message}`;
    errors.push({ type: "Invalid", field: `${place.path}.messageExpression`, badValue: rule, detail });
  }
  if (errors.length > 0 || typeof test === "string" || typeof message === "string" || fieldPath === undefined)
    return errors;
  const wrapOld = rule.optionalOldSelf
    ? (old: unknown): unknown => (old === undefined ? Optional.none() : Optional.of(old))
    : (old: unknown): unknown => old;
  return {
    source: rule,
    isTransition,
    fieldPath,
    run(self, oldSelf) {
      const values = { self, oldSelf: wrapOld(oldSelf) };
      try {
        if (test(values) === true) return { ok: true };
      } catch (error) {
        return { ok: false, error: evaluationMessage(error) };
      }
      return { ok: false, message: messageOf(rule, message, values) };
    },
  };
}

function checkShape(
  rule: ValidationRule,
  place: RulePlace,
  isTransition: boolean,
  errors: FieldError[],
): void {
  const { path, uncorrelatable } = place;
  if (rule.rule.trim() === "")
    errors.push({ type: "Required", field: `${path}.rule`, detail: "rule is not specified" });
  if (rule.message !== undefined && /[\r\n]/.test(rule.message))
    errors.push({
      type: "Invalid",
      field: `${path}.message`,
      badValue: rule.message,
      detail: "must not contain line breaks",
    });
  else if (rule.message !== undefined && rule.message !== "" && rule.message.trim() === "")
    errors.push({
      type: "Invalid",
      field: `${path}.message`,
      badValue: rule.message,
      detail: "message must be non-empty if specified",
    });
  if (rule.reason !== undefined && !REASONS.includes(rule.reason))
    errors.push({
      type: "NotSupported",
      field: `${path}.reason`,
      badValue: rule.reason,
      detail: `supported values: ${REASONS.map((reason) => JSON.stringify(reason)).join(", ")}`,
    });
  if (rule.optionalOldSelf !== undefined && !isTransition)
    errors.push({
      type: "Invalid",
      field: `${path}.optionalOldSelf`,
      badValue: rule.optionalOldSelf,
      detail: "may not be set if oldSelf is not used in rule",
    });
  if (isTransition && uncorrelatable !== undefined)
    errors.push({
      type: "Invalid",
      field: `${path}.rule`,
      badValue: rule.rule,
      detail: `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`,
    });
}

/** The compiled expression; "" when its type is wrong; else what is wrong with it. */
function compile(env: Environment, expression: string, type: "bool" | "string"): ParseResult | string {
  // The engine has this macro, kube-apiserver's environment has not.
  if (mentions(expression, "cel"))
    return located(expression, expression.indexOf("cel"), "undeclared reference to 'cel' (in container '')");
  let parsed: ParseResult;
  try {
    parsed = env.parse(respell(expression));
  } catch (error) {
    return located(expression, startOf(error), `Syntax error: ${summaryOf(error)}`);
  }
  const result = parsed.check();
  if (!result.valid)
    return located(expression, startOf(result.error), compileMessage(summaryOf(result.error)));
  return result.type === type || result.type === "dyn" ? parsed : "";
}

interface CelFault {
  readonly summary?: string;
  readonly message?: string;
  readonly range?: { readonly start: number };
}

const summaryOf = (error: unknown): string => {
  const { summary, message } = error as CelFault;
  return (summary ?? message ?? String(error)).replaceAll("mAtches", "matches").replaceAll("hAs", "has");
};
const startOf = (error: unknown): number => (error as CelFault).range?.start ?? 0;

/** Points at the fault, as cel-go does. */
function located(expression: string, at: number, message: string): string {
  const before = expression.slice(0, at);
  const line = before.split("\n").length;
  const column = at - (before.lastIndexOf("\n") + 1);
  const text = expression.split("\n")[line - 1] ?? "";
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text}\n | ${".".repeat(column)}^`;
}

function compileMessage(summary: string): string {
  const key = /^No such key: (.*)$/.exec(summary);
  if (key) return `undefined field '${key[1] ?? ""}'`;
  const variable = /^Unknown variable: (.*)$/.exec(summary);
  if (variable) return `undeclared reference to '${variable[1] ?? ""}' (in container '')`;
  const operator = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary);
  if (operator)
    return `found no matching overload for '_${operator[2] ?? ""}_' applied to '(${operator[1] ?? ""}, ${operator[3] ?? ""})'`;
  return summary;
}

function evaluationMessage(error: unknown): string {
  const summary = summaryOf(error);
  const index = /^No such key: index out of bounds, index (-?\d+) /.exec(summary);
  if (index) return `index out of bounds: ${index[1] ?? ""}`;
  return summary
    .replace(/^No such key: /, "no such key: ")
    .replace(/^integer overflow: .*/, "integer overflow");
}

/** The message of a failed rule: computed, given, or the rule itself. */
function messageOf(
  rule: ValidationRule,
  expression: ParseResult | undefined,
  values: Record<string, unknown>,
): string {
  if (expression) {
    try {
      const computed: unknown = expression(values);
      if (typeof computed === "string" && computed.trim() !== "" && !/[\r\n]/.test(computed))
        return computed.trim();
    } catch {
      // A message that cannot be computed falls back to the plain one; the rule has failed either way.
    }
  }
  return rule.message?.trim() || `failed rule: ${rule.rule.trim()}`;
}
