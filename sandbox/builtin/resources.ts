// The table of built-in kinds, ready for a server: names, schema, defaults and rules in one. Where each comes from:
// kinds.ts, assemble.ts, kind-defaults.ts, rules.ts.
import { compileStructural, type FieldError, type StructuralSchema } from "../schema/index.ts";
import { kindSchema } from "./assemble.ts";
import { kindDefaults } from "./kind-defaults.ts";
import { kinds, type KindRow } from "./kinds.ts";
import { spellQuantities } from "./quantities.ts";
import { kindRules } from "./rules.ts";
import type { BuiltinResource } from "./types.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

function resourceOf(row: KindRow): BuiltinResource {
  const id = `${row.kind}.${row.group}`;
  let schema: StructuralSchema | undefined;
  const compiled = (): StructuralSchema => (schema ??= compileStructural(kindSchema(row.model)));
  return {
    group: row.group,
    version: row.version,
    kind: row.kind,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    namespaced: row.namespaced,
    shortNames: row.shortNames,
    categories: row.categories,
    subresources: row.subresources,
    verbs: VERBS,
    get schema() {
      return compiled();
    },
    applyDefaults(obj) {
      spellQuantities(compiled().root, obj);
      compiled().applyDefaults(obj);
      kindDefaults[id]?.(obj);
    },
    validate(obj, oldObj) {
      const errors = compiled()
        .validate(obj, oldObj)
        .filter((error) => !isForeign(error));
      if (errors.some(({ type }) => type === "TypeInvalid")) return errors;
      return [...errors, ...(kindRules[id]?.(obj, oldObj) ?? []).filter((error) => !isTold(error, errors))];
    },
  };
}

/**
 * Faults that only CRDs have: empty data is data in a Secret, and list keys serve merging, not uniqueness (two
 * variables of one name are allowed; where names must differ, a rule says so).
 */
const isForeign = (error: FieldError): boolean =>
  error.type === "Duplicate" || (error.badValue === "" && / must be of type byte: /.test(error.detail));

/** A rule need not repeat what the schema said of a field. */
const isTold = (error: FieldError, told: readonly FieldError[]): boolean =>
  told.some(({ field, type }) => field === error.field && type === error.type);

/** Every built-in kind the server knows. */
export const builtinResources: readonly BuiltinResource[] = kinds.map(resourceOf);

const byPath = new Map(
  builtinResources.map((resource) => [`${resource.group}/${resource.version}/${resource.plural}`, resource]),
);

/** The kind behind `/apis/GROUP/VERSION/.../PLURAL`, if the server knows it. */
export function findBuiltin(group: string, version: string, plural: string): BuiltinResource | undefined {
  return byPath.get(`${group}/${version}/${plural}`);
}
