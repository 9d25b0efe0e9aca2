// What an LMS answered when it did not do what was asked.
import type { Problem } from "../../api/index.ts";

/** A problem document (RFC 9457) of the admin API. */
export class LmsProblem extends Error {
  override readonly name = "LmsProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problemText(problem));
    this.problem = problem;
  }

  /** The document itself is at fault: sending it again cannot help. */
  get terminal(): boolean {
    return TERMINAL.has(this.problem.code);
  }

  /** The document names something that may appear later. */
  get waiting(): boolean {
    return WAITING.has(this.problem.code);
  }
}

const TERMINAL: ReadonlySet<string> = new Set([
  "InvalidDocument",
  "InvalidContent",
  "DocumentTooLarge",
  "ManagedByAnother",
  "EmailTaken",
  "InUse",
]);
const WAITING: ReadonlySet<string> = new Set([
  "UserNotFound",
  "GroupNotFound",
  "RoleNotFound",
  "CourseNotFound",
  "CategoryNotFound",
]);

/** One paragraph: what is wrong, where, what to do. */
function problemText(problem: Problem): string {
  const places = (problem.errors ?? [])
    .slice(0, 5)
    .map((e) => `${fieldOf(e.pointer)}: ${e.detail}${e.remedy ? ` (${e.remedy})` : ""}`);
  const more = (problem.errors?.length ?? 0) - places.length;
  const where = problem.pointer ? `${fieldOf(problem.pointer)}: ` : "";
  const detail =
    places.length > 0
      ? `${places.join("; ")}${more > 0 ? `; and ${more} more` : ""}`
      : `${where}${problem.detail}`;
  return `${detail}. ${problem.remedy}`.replace(/\.\. /, ". ");
}

/** A JSON pointer as a field path: `/users/0/email` is `users[0].email`. */
export function fieldOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), "");
}
