// What an LMS answered when it did not do what was asked.
import type { Problem } from "../../api/index.ts";

/** On the object whose document takes so much away; see controller/lms/guard.ts. */
export const ACKNOWLEDGE = "provost.dev/acknowledge-removal";

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

  /** The document names something that may appear (or go) later. */
  get waiting(): boolean {
    return WAITING.has(this.problem.code);
  }

  /** What is wrong in the words of a manifest: `place` says which field a pointer into the document came from. */
  inManifest(place: (pointer: string) => string): string {
    const { digest } = this.problem;
    const text = problemText(this.problem, place);
    return digest === undefined ? text : `${text} The annotation ${ACKNOWLEDGE} with ${digest} does that.`;
  }
}

const TERMINAL: ReadonlySet<string> = new Set([
  "InvalidDocument",
  "InvalidContent",
  "DocumentTooLarge",
  "ManagedByAnother",
  "EmailTaken",
  "RemovalGuard",
]);
const WAITING: ReadonlySet<string> = new Set([
  "UserNotFound",
  "GroupNotFound",
  "RoleNotFound",
  "CourseNotFound",
  "CategoryNotFound",
  "InUse",
]);

const MOST_PLACES = 5;

/** One paragraph: what is wrong, where, what to do. */
function problemText(problem: Problem, place: (pointer: string) => string = fieldOf): string {
  const { pointer, errors = [], remedy } = problem;
  const at = (where: string): string => (place(where) === "" ? "" : `${place(where)}: `);
  if (errors.length === 0)
    return `${at(pointer ?? "")}${bareDetail(problem)}. ${remedy}`.replace(/\.\. /, ". ");
  const places = errors
    .slice(0, MOST_PLACES)
    .map((error) => `${at(error.pointer)}${error.detail}${error.remedy ? ` (${error.remedy})` : ""}`);
  if (errors.length > MOST_PLACES) places.push(`and ${errors.length - MOST_PLACES} more`);
  const what = places.join("; ");
  return what.includes(remedy) ? what : `${what}. ${remedy}`;
}

/** The detail of a problem with a pointer begins with that pointer. */
function bareDetail({ detail, pointer }: Problem): string {
  const prefix = `${pointer || "/"}: `;
  return detail.startsWith(prefix) ? detail.slice(prefix.length) : detail;
}

/** A JSON pointer as a field path: `/users/0/email` is `users[0].email`. */
export function fieldOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part), "");
}
