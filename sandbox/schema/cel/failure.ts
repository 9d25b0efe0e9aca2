// How a CEL function says that it cannot answer.
import { EvaluationError } from "@marcbachmann/cel-js";

/** Ends the evaluation of the rule with `message`. */
export function fail(message: string): never {
  throw new EvaluationError(message);
}
