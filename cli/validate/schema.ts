// What the API server would refuse at apply, found with the code of the sandbox's API server: unknown fields, types,
// limits, keys that stand twice, CEL rules, metadata. Only the words are ours (wording.ts).
import { isScalar, Scalar } from "yaml";
import { customResourceDefinition } from "../../api/crd.ts";
import type { KindDefinition } from "../../api/kinds/kind.ts";
import { compileRules, type RuleSet } from "../../sandbox/schema/cel/rules.ts";
import { compileStructural, type JSONSchemaProps, jsonClone } from "../../sandbox/schema/index.ts";
import type { FieldError, JsonObject, StructuralSchema } from "../../sandbox/schema/index.ts";
import { type CompiledNode, compileRoot } from "../../sandbox/schema/node.ts";
import { validateValue } from "../../sandbox/schema/validate.ts";
import type { Entry } from "./document.ts";
import { type FieldPath, formatPath, isWithin, parsePath, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { metadataFaults } from "./metadata.ts";
import { nodeOf, unknownFieldMessage } from "./schema-node.ts";
import { schemaMessage, shown } from "./wording.ts";

interface Compiled {
  readonly schema: StructuralSchema;
  readonly root: CompiledNode;
  readonly rules: RuleSet;
}

const compiled = new Map<KindDefinition, Compiled>();

function schemaOf(kind: KindDefinition): Compiled {
  let known = compiled.get(kind);
  if (!known) {
    const { spec } = customResourceDefinition(kind) as {
      spec: { versions: [{ schema: { openAPIV3Schema: JSONSchemaProps } }] };
    };
    const props = spec.versions[0].schema.openAPIV3Schema;
    const root = compileRoot(props);
    known = { schema: compileStructural(props), root, rules: compileRules(root) };
    compiled.set(kind, known);
  }
  return known;
}

/** A fault of the API server's with its path as steps. */
interface Placed {
  readonly path: FieldPath;
  readonly error: FieldError;
}

/** Every fault of an object under the schema of its kind. */
export function schemaFaults(entry: Entry, kind: KindDefinition): Fault[] {
  const { schema, root, rules } = schemaOf(kind);
  const object = jsonClone(entry.value);
  const unknown = schema.prune(object).map((text) => parsePath(text, entry.value));
  // Status has a writer of its own: the API server drops what a manifest says of it.
  delete object["status"];
  schema.applyDefaults(object);
  const errors: FieldError[] = [];
  validateValue({ node: root, value: object, old: undefined, path: "" }, errors);
  const structural = errors.map((error) => placed(error, object)).filter(isFirstOfItsPath);
  const ruleErrors: FieldError[] = [];
  rules.evaluate(object, undefined, ruleErrors);
  const broken = ruleErrors.map((error) => placed(error, object)).filter((each) => isSure(each, structural));
  const ruleFaults = broken.map(ruleFault);
  const told = new Set(ruleFaults.map(({ path }) => formatPath(path)));
  return [
    ...unknown
      .filter((path) => !structural.some((each) => isMistaken(each, path)))
      .map((path) => ({
        path,
        message: unknownFieldMessage(root, path),
        onKey: true,
      })),
    ...structural.map((each) => structuralFault(each, root, entry, object)),
    ...ruleFaults,
    // A kind's own rule on its name is stricter than Kubernetes' and says all of it.
    ...metadataFaults(object, kind).filter(({ path }) => !told.has(formatPath(path))),
  ];
}

function placed(error: FieldError, object: JsonObject): Placed {
  // kube-apiserver names no field when a number does not fit its format; the sentence does.
  const named =
    error.field === "<nil>" ? (/ with format \w+ in (.+)$/.exec(error.detail)?.[1] ?? "") : error.field;
  return { path: parsePath(named, object), error };
}

/** Whether the fields at a path are unknown only because what holds them should be no mapping at all. */
const isMistaken = ({ path, error }: Placed, unknown: FieldPath): boolean =>
  error.type === "TypeInvalid" && isWithin(unknown, path);

/** An empty text breaks its length and its pattern: one slip, one finding. */
function isFirstOfItsPath(each: Placed, index: number, all: readonly Placed[]): boolean {
  const key = formatPath(each.path);
  return all.findIndex((other) => formatPath(other.path) === key) === index;
}

function structuralFault(
  { path, error }: Placed,
  root: CompiledNode,
  entry: Entry,
  object: JsonObject,
): Fault {
  if (error.type === "Duplicate") return duplicateFault(path, root, object);
  const scalar = entry.node(path);
  const value = valueAt(entry.value, path);
  const message = schemaMessage(error, {
    node: nodeOf(root, path) ?? root,
    value,
    plain:
      isScalar(scalar) && scalar.type === Scalar.PLAIN && scalar.source !== undefined
        ? scalar.source
        : undefined,
    isPresent: value === null,
    // Entries of lists have no field name; without them there is one entry less.
    isRequired: nodeOf(root, path.slice(0, -1))?.props.required?.includes(String(path.at(-1))) ?? false,
  });
  return { path, message };
}

/** Two entries of a list with one key: told at the second one's key. */
function duplicateFault(path: FieldPath, root: CompiledNode, object: JsonObject): Fault {
  const listPath = path.slice(0, -1);
  const list = valueAt(object, listPath) as unknown[];
  const keys = nodeOf(root, listPath)?.listKeys ?? [];
  const identity = (item: unknown): string =>
    JSON.stringify(keys.length === 0 ? item : keys.map((key) => valueAt(item, [key])));
  const item = valueAt(object, path);
  const first = list.findIndex((other) => identity(other) === identity(item));
  const earlier = formatPath([...listPath, first]);
  const [key] = keys;
  if (key === undefined)
    return { path, message: `${shown(item)} stands already at ${earlier}: remove one of them` };
  return {
    path: [...path, key],
    message: `${shown(valueAt(item, [key]))} is also the ${key} of ${earlier}: choose another, or remove one of the two`,
  };
}

/**
 * Whether a broken rule is news. A rule that reads a field of the wrong type, or cannot be evaluated because one is
 * missing, says nothing once that field is reported itself.
 */
function isSure({ path, error }: Placed, structural: readonly Placed[]): boolean {
  const unevaluated = error.detail.includes(" evaluating rule: ");
  return !structural.some((other) => {
    if (!isWithin(other.path, path)) return false;
    if (unevaluated || other.path.length === path.length) return true;
    const isDirect = other.path.length === path.length + 1;
    return isDirect && (other.error.type === "TypeInvalid" || other.error.type === "NotSupported");
  });
}

function ruleFault({ path, error }: Placed): Fault {
  // Rules on metadata.name stand on the whole object: CEL sees metadata from nowhere else.
  const told = /^(metadata\.name) (.*)$/s.exec(error.detail);
  if (path.length === 0 && told) return { path: ["metadata", "name"], message: told[2] ?? error.detail };
  return { path, message: error.detail };
}
