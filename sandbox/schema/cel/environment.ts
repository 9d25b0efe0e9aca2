// The CEL environment of Kubernetes: the engine, plus the libraries and macros it lacks, minus what Kubernetes lacks.
import { Environment } from "@marcbachmann/cel-js";
import { libraryOf } from "./library.ts";
import { registerFunctionLibraries } from "./library-functions.ts";
import { registerValueLibraries } from "./library-values.ts";
import { registerMacros } from "./macros.ts";

let base: Environment | undefined;

/** A fresh environment to register a schema's types with. */
export function newEnvironment(): Environment {
  base ??= makeBase();
  return base.clone();
}

function makeBase(): Environment {
  const env = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  const library = libraryOf(env);
  registerValueLibraries(library);
  registerFunctionLibraries(library);
  registerMacros(library);
  return env;
}

const STRING_LITERAL =
  /[rR]?"""[\s\S]*?"""|[rR]?'''[\s\S]*?'''|[rR]"[^"\n]*"|[rR]'[^'\n]*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*/g;

/** Rewrites the code of an expression, not its string literals and comments. */
function mapCode(expression: string, rewrite: (code: string) => string): string {
  let out = "";
  let at = 0;
  for (const literal of expression.matchAll(STRING_LITERAL)) {
    out += rewrite(expression.slice(at, literal.index)) + literal[0];
    at = literal.index + literal[0].length;
  }
  return out + rewrite(expression.slice(at));
}

/**
 * The expression as the engine takes it: calls of has() and matches() go to ours, which know the schema and Go's
 * regular expressions. Every character stays in its place, so positions in errors hold.
 */
export function respell(expression: string): string {
  return mapCode(expression, (code) =>
    code.replace(/(?<![\w.])has(?=\s*\()/g, "hAs").replace(/(?<!\w)matches(?=\s*\()/g, "mAtches"),
  );
}

/** Whether the code of an expression names an identifier. */
export function mentions(expression: string, identifier: string): boolean {
  let found = false;
  mapCode(expression, (code) => {
    if (new RegExp(`(?<![\\w.])${identifier}(?!\\w)`).test(code)) found = true;
    return code;
  });
  return found;
}
