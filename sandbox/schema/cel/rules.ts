// The x-kubernetes-validations of one schema, compiled: which do not compile, and what they say of an object.
import { isObject, jsonEqual } from "../json.ts";
import { listItemKey } from "../list-keys.ts";
import { childNode, type CompiledNode } from "../node.ts";
import type { FieldError, FieldErrorType, JsonObject } from "../types.ts";
import { newEnvironment } from "./environment.ts";
import { compileRule, type CompiledRule } from "./rule.ts";
import { CelTypes, celName, type CelType } from "./types.ts";

interface NodeRules {
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
}

/** Every rule of a schema, ready to run. */
export interface RuleSet {
  /** Why rules cannot be used; paths are those of the schema (`.properties[spec].x-kubernetes-validations[0].rule`). */
  readonly errors: readonly FieldError[];
  evaluate(obj: JsonObject, oldObj: JsonObject | undefined, errors: FieldError[]): void;
}

/** Compiles the rules of a tree. */
export function compileRules(root: CompiledNode, path = ""): RuleSet {
  const errors: FieldError[] = [];
  const byNode = new Map<CompiledNode, NodeRules>();
  const env = newEnvironment();
  const types = new CelTypes(env);
  const found: { node: CompiledNode; path: string; type: CelType; uncorrelatable: string | undefined }[] = [];
  collect(root, path, undefined, (node, at, uncorrelatable) => {
    const type = types.of(node, node === root);
    if (type) found.push({ node, path: at, type, uncorrelatable });
    else errors.push(noType(at));
  });
  for (const { node, path: at, type, uncorrelatable } of found) {
    const rules = (node.props["x-kubernetes-validations"] ?? []).flatMap((rule, index) => {
      const place = `${at}.x-kubernetes-validations[${index}]`;
      const compiled = compileRule(env, rule, { node, type, path: place, uncorrelatable });
      if (Array.isArray(compiled)) errors.push(...compiled);
      return Array.isArray(compiled) ? [] : [compiled];
    });
    byNode.set(node, { type, rules });
  }
  return {
    errors,
    evaluate(obj, oldObj, faults) {
      evaluate({ byNode, faults }, { node: root, value: obj, old: oldObj, path: "", cel: undefined });
    },
  };
}

/** Visits every node that carries rules; `uncorrelatable` is the path of a list above whose items have no identity. */
function collect(
  node: CompiledNode,
  path: string,
  uncorrelatable: string | undefined,
  visit: (node: CompiledNode, path: string, uncorrelatable: string | undefined) => void,
): void {
  if (!node.rulesBelow) return;
  if (node.props["x-kubernetes-validations"]?.length) visit(node, path, uncorrelatable);
  for (const [name, child] of node.properties)
    collect(child, `${path}.properties[${name}]`, uncorrelatable, visit);
  if (node.additional) collect(node.additional, `${path}.additionalProperties`, uncorrelatable, visit);
  const listPath = uncorrelatable ?? (node.listType === "map" ? undefined : path);
  if (node.items) collect(node.items, `${path}.items`, listPath, visit);
}

const noType = (path: string): FieldError => ({
  type: "InternalError",
  field: `${path}.x-kubernetes-validations`,
  detail:
    "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations",
});

interface Run {
  readonly byNode: ReadonlyMap<CompiledNode, NodeRules>;
  readonly faults: FieldError[];
}

interface Site {
  readonly node: CompiledNode;
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  /** The value as CEL sees it, when something above was converted already. */
  readonly cel: unknown;
}

function evaluate(run: Run, site: Site): void {
  const { node, value, old } = site;
  if (!node.rulesBelow || value === null || value === undefined) return;
  // What an update leaves as it was is not judged again (validation ratcheting).
  if (old !== undefined && jsonEqual(value, old)) return;
  const own = run.byNode.get(node);
  const cel = own && site.cel === undefined ? own.type.convert(value) : site.cel;
  if (own) for (const rule of own.rules) judge(run, site, own.type, rule, cel);
  if (Array.isArray(value)) evaluateItems(run, { ...site, cel }, value);
  else if (isObject(value)) evaluateFields(run, { ...site, cel }, value);
}

function evaluateItems(run: Run, site: Site, list: readonly unknown[]): void {
  const { node, old, path, cel } = site;
  if (!node.items) return;
  const oldByKey =
    Array.isArray(old) && node.listType === "map"
      ? new Map(old.map((item: unknown) => [listItemKey(node, item), item]))
      : undefined;
  for (let i = 0; i < list.length; i++)
    evaluate(run, {
      node: node.items,
      value: list[i],
      old: oldByKey?.get(listItemKey(node, list[i])),
      path: `${path}[${i}]`,
      cel: Array.isArray(cel) ? cel[i] : undefined,
    });
}

function evaluateFields(run: Run, site: Site, object: JsonObject): void {
  const { node, old, path, cel } = site;
  for (const key in object) {
    const child = childNode(node, key);
    if (!child?.rulesBelow) continue;
    const declared = node.properties.has(key);
    const at = declared ? (path === "" ? key : `${path}.${key}`) : `${path}[${key}]`;
    const oldValue = isObject(old) && Object.hasOwn(old, key) ? old[key] : undefined;
    const inner = cel instanceof Map ? (cel.get(declared ? celName(key) : key) as unknown) : undefined;
    evaluate(run, { node: child, value: object[key], old: oldValue, path: at, cel: inner });
  }
}

const FAULT_TYPES: Record<string, FieldErrorType> = {
  FieldValueRequired: "Required",
  FieldValueForbidden: "Forbidden",
  FieldValueDuplicate: "Duplicate",
  FieldValueInvalid: "Invalid",
};

function judge(run: Run, site: Site, type: CelType, rule: CompiledRule, self: unknown): void {
  const { value, old, path } = site;
  if (rule.isTransition && old === undefined && !rule.source.optionalOldSelf) return;
  const before = rule.isTransition && old !== undefined && old !== null ? type.convert(old, self) : undefined;
  const verdict = rule.run(self, before);
  if (verdict.ok) return;
  const field = `${path}${rule.fieldPath}`.replace(/^\./, "") || "<nil>";
  if (verdict.error !== undefined) {
    run.faults.push({
      type: "Invalid",
      field,
      badValue: site.node.type || "unknown",
      detail: `${verdict.error} evaluating rule: ${rule.source.rule.trim()}`,
    });
    return;
  }
  const faultType = FAULT_TYPES[rule.source.reason ?? "FieldValueInvalid"] ?? "Invalid";
  const isScalar = typeof value !== "object";
  run.faults.push({
    type: faultType,
    field,
    ...(isScalar && { badValue: value }),
    detail: faultType === "Duplicate" ? "" : verdict.message,
  });
}
