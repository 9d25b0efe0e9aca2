// Roles and groups that bindings name cannot be taken away under them.
import { AdminProblem } from "./problem.ts";

/** Refuses to take away what bindings name. */
export function inUse(
  what: string,
  name: string,
  bindings: readonly { readonly name: string }[],
  pointer: string,
): AdminProblem {
  return new AdminProblem("InUse", {
    detail: `${what} "${name}" is no longer declared but bound by ${bindings.map((b) => `"${b.name}"`).join(", ")}`,
    remedy: `Remove those bindings or change them first, or declare the ${what} again.`,
    pointer,
  });
}
