// Macros that the CEL engine lacks: a has() that knows the schema, and comprehensions over index and value.
import { Optional } from "@marcbachmann/cel-js";
import { fail } from "./failure.ts";
import type { Library } from "./library.ts";

// The engine hands these to macros; its typings leave them open.
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Type {
  readonly kind: string;
  readonly valueType?: Type;
  readonly keyType?: Type;
  fieldLazy(value: unknown, key: unknown, node: Node, run: Runner): unknown;
}
interface Scope {
  forkWithVariable(name: string, type: Type): Iteration;
}
interface Iteration extends Scope {
  reuse(parent: Scope): Iteration;
  setIterValue(value: unknown, run: Runner): Iteration;
}
interface Checker {
  check(node: Node, scope: Scope): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: Node): Error;
}
interface Runner {
  run(node: Node, scope: Scope): unknown;
  debugType(value: unknown): Type;
  readonly optionalType: Type;
}
interface Call {
  readonly args: readonly Node[];
  readonly receiver: Node;
}

/** Registers the macros. `has` is registered as `hAs`; rules are respelled before they are parsed. */
export function registerMacros(env: Library): void {
  env.registerFunction("hAs(ast): bool", has);
  for (const name of ["all", "exists", "existsOne", "exists_one"] as const)
    env.registerFunction(`list.${name}(ast, ast, ast): bool`, (call: Call) => quantifier(name, call));
  env.registerFunction("list.transformList(ast, ast, ast): list<dyn>", (call: Call) =>
    transform(call, "list"),
  );
  env.registerFunction("list.transformList(ast, ast, ast, ast): list<dyn>", (call: Call) =>
    transform(call, "list"),
  );
  env.registerFunction("list.transformMap(ast, ast, ast): map", (call: Call) => transform(call, "map"));
  env.registerFunction("list.transformMap(ast, ast, ast, ast): map", (call: Call) => transform(call, "map"));
}

/** has(e.f): the engine's own does not notice a field that the schema does not declare. */
function has({ args }: Call) {
  const [node] = args;
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, scope: Scope): Type {
      if (!node || (node.op !== "." && node.op !== ".?"))
        throw checker.createError("invalid_macro_argument", "invalid argument to has() macro", node as Node);
      checker.check(node, scope);
      return checker.getType("bool");
    },
    evaluate(run: Runner, _macro: unknown, scope: Scope): boolean {
      const [owner, key] = (node as Node).args as [Node, string];
      const value = run.run(owner, scope);
      const type = value instanceof Optional ? run.optionalType : run.debugType(value);
      const field = type.fieldLazy(value, key, node as Node, run);
      return field instanceof Optional ? field.hasValue() : field !== undefined;
    },
  };
}

interface Pairs {
  check(checker: Checker, scope: Scope): Iteration;
  each(run: Runner, scope: Scope, visit: (at: Iteration, key: unknown) => boolean): void;
}

/** The two variables of a comprehension: index and item of a list, key and value of a map. */
function pairs({ args, receiver }: Call): Pairs {
  const name = (node: Node | undefined): string =>
    node?.op === "id" ? (node.args as string) : fail("a comprehension variable must be a plain name");
  const [first, second] = [name(args[0]), name(args[1])];
  let outer: Iteration;
  let inner: Iteration;
  return {
    check(checker, scope) {
      const type = checker.check(receiver, scope);
      const dyn = checker.getType("dyn");
      const keyType = type.kind === "list" ? checker.getType("int") : (type.keyType ?? dyn);
      outer = scope.forkWithVariable(first, keyType);
      inner = outer.forkWithVariable(second, type.valueType ?? dyn);
      return inner;
    },
    each(run, scope, visit) {
      const range = run.run(receiver, scope);
      const entries: Iterable<[unknown, unknown]> = Array.isArray(range)
        ? range.map((item: unknown, index): [unknown, unknown] => [BigInt(index), item])
        : range instanceof Map
          ? range.entries()
          : Object.entries(range as object);
      const keyScope = outer.reuse(scope);
      const scopeOfBoth = inner.reuse(keyScope);
      for (const [key, value] of entries) {
        keyScope.setIterValue(key, run);
        if (!visit(scopeOfBoth.setIterValue(value, run), key)) return;
      }
    },
  };
}

function quantifier(name: "all" | "exists" | "existsOne" | "exists_one", call: Call) {
  const range = pairs(call);
  const predicate = call.args[2] as Node;
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, scope: Scope): Type {
      checker.check(predicate, range.check(checker, scope));
      return checker.getType("bool");
    },
    evaluate(run: Runner, _macro: unknown, scope: Scope): boolean {
      let matches = 0;
      let misses = 0;
      range.each(run, scope, (at) => {
        if (run.run(predicate, at) === true) matches++;
        else misses++;
        return name === "all" ? misses === 0 : name !== "exists" || matches === 0;
      });
      if (name === "all") return misses === 0;
      return name === "exists" ? matches > 0 : matches === 1;
    },
  };
}

function transform(call: Call, into: "list" | "map") {
  const range = pairs(call);
  const filter = call.args.length === 4 ? call.args[2] : undefined;
  const result = call.args.at(-1) as Node;
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, scope: Scope): Type {
      const inner = range.check(checker, scope);
      if (filter) checker.check(filter, inner);
      checker.check(result, inner);
      return checker.getType(into);
    },
    evaluate(run: Runner, _macro: unknown, scope: Scope): unknown {
      const entries: [unknown, unknown][] = [];
      range.each(run, scope, (at, key) => {
        if (!filter || run.run(filter, at) === true) entries.push([key, run.run(result, at)]);
        return true;
      });
      return into === "map" ? new Map(entries) : entries.map(([, value]) => value);
    },
  };
}
