// Turns a schema into its compiled form and ties the walks together in the order a write uses them.
import { compileRules } from "./cel/rules.ts";
import { dropNulls, fillDefaults } from "./defaults.ts";
import { compileRoot } from "./node.ts";
import { pruneValue } from "./prune.ts";
import type { FieldError, JSONSchemaProps, StructuralSchema } from "./types.ts";
import { validateValue } from "./validate.ts";

/** Faults that leave the object in a shape that CEL rules were not written for. */
const BLOCKING = new Set<FieldError["type"]>([
  "NotSupported",
  "Required",
  "TooLong",
  "TooMany",
  "TypeInvalid",
]);

/** Compiles a schema that `checkStructural` accepts. CEL rules are compiled on the first validation. */
export function compileStructural(schema: JSONSchemaProps): StructuralSchema {
  const root = compileRoot(schema);
  let rules: ReturnType<typeof compileRules> | undefined;
  return {
    root,
    prune(obj) {
      const unknown: string[] = [];
      pruneValue(root, obj, "", unknown);
      return unknown.sort();
    },
    fillDefaults(obj) {
      fillDefaults(root, obj);
    },
    applyDefaults(obj) {
      dropNulls(root, obj);
      fillDefaults(root, obj);
    },
    validate(obj, oldObj) {
      const errors: FieldError[] = [];
      validateValue({ node: root, value: obj, old: oldObj, path: "" }, errors);
      if (!root.rulesBelow) return errors;
      if (errors.some((error) => BLOCKING.has(error.type))) {
        errors.push(rulesNotChecked);
        return errors;
      }
      rules ??= compileRules(root);
      rules.evaluate(obj, oldObj, errors);
      return errors;
    },
  };
}

const rulesNotChecked: FieldError = {
  type: "Invalid",
  field: "<nil>",
  badValue: null,
  detail:
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
};
