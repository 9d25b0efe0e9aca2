// Refusals of the admin API as values: a code of the contract's catalogue, where, why and what to do.
import {
  type Finding,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemDetail,
} from "../../api/index.ts";

export interface ProblemFacts {
  readonly detail: string;
  readonly remedy: string;
  readonly pointer?: string;
  readonly digest?: string;
  readonly errors?: readonly ProblemDetail[];
}

/** Thrown to refuse a request; the admin listener answers with `body`. */
export class AdminProblem extends Error {
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;

  constructor(code: ProblemCode, facts: ProblemFacts) {
    super(facts.detail);
    this.name = "AdminProblem";
    this.code = code;
    this.facts = facts;
  }

  get body(): Problem {
    return {
      type: `https://provost.dev/problems/${this.code}`,
      ...PROBLEMS[this.code],
      code: this.code,
      ...this.facts,
    };
  }
}

/** At most so many places are named in one answer. */
const MOST_ERRORS = 50;

/** A problem about several places at once; `pointer` and `detail` are those of the first. */
export function problemOf(code: ProblemCode, errors: readonly ProblemDetail[], remedy: string): AdminProblem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new AdminProblem(code, {
    detail: first ? `${first.pointer || "/"}: ${first.detail}${more}` : PROBLEMS[code].title,
    remedy: first?.remedy ?? remedy,
    ...(first && { pointer: first.pointer }),
    ...(errors.length > 1 && { errors: errors.slice(0, MOST_ERRORS) }),
  });
}

/** Refuses when there are findings. */
export function refuseFindings(
  code: "InvalidDocument" | "InvalidContent",
  findings: readonly Finding[],
): void {
  if (findings.length === 0) return;
  throw problemOf(
    code,
    findings.map(({ pointer, message }) => ({ pointer, detail: message })),
    "Correct what the pointers name and send the document again.",
  );
}
