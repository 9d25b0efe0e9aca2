// The face of a CEL environment that libraries register with.
import type { Environment } from "@marcbachmann/cel-js";

export type Library = Pick<Environment, "registerType" | "registerConstant" | "registerOperator"> & {
  /** Registers a synchronous function: the evaluator is quicker when it need not expect promises. */
  registerFunction(signature: string, handler: (...args: never[]) => unknown): void;
};

/** `env` as libraries see it. */
export function libraryOf(env: Environment): Library {
  return {
    registerType: env.registerType.bind(env) as Environment["registerType"],
    registerConstant: env.registerConstant.bind(env) as Environment["registerConstant"],
    registerOperator: env.registerOperator.bind(env),
    registerFunction(signature, handler) {
      env.registerFunction(signature, handler as (...args: unknown[]) => unknown, { async: false });
    },
  };
}
