// From attempts to a course grade and to completion. Pure.

export type GradedAttempt = "Highest" | "Latest" | "First";
export type CompletionRule = "AllItems" | "PassingGrade" | "Both";

export interface AttemptResult {
  readonly id: number;
  readonly number: number;
  /** Null while the attempt is open. */
  readonly percent: number | null;
  readonly passed: boolean | null;
}

export interface QuizResult {
  readonly weight: number;
  /** No longer part of the course: history, kept and shown. */
  readonly archived: boolean;
  readonly attempts: readonly AttemptResult[];
}

export interface CourseGrade {
  /**
   * Weighted mean of the quizzes' percentages, to two decimals; a quiz not yet taken counts 0. Null when no quiz of the
   * course counts (none, or all of weight 0).
   */
  readonly percent: number | null;
  /** Null when there is no grade. */
  readonly passed: boolean | null;
  /** Quizzes that count, and how many of them have been handed in. */
  readonly counting: number;
  readonly taken: number;
}

export interface GradingRule {
  readonly attempt: GradedAttempt;
  readonly passPercent: number;
}

/** The attempt that counts, or undefined when none has been handed in. */
export function countingAttempt<A extends AttemptResult>(
  attempts: readonly A[],
  policy: GradedAttempt,
): (A & { readonly percent: number }) | undefined {
  type Submitted = A & { readonly percent: number };
  const submitted = attempts
    .filter((attempt): attempt is Submitted => attempt.percent !== null)
    .toSorted((a, b) => a.number - b.number);
  switch (policy) {
    case "First":
      return submitted[0];
    case "Latest":
      return submitted.at(-1);
    case "Highest":
      return submitted.reduce<Submitted | undefined>(
        (best, attempt) => (best === undefined || attempt.percent > best.percent ? attempt : best),
        undefined,
      );
  }
}

/**
 * The grade of a course. Archived quizzes are history and do not count: what a learner is graded on is what the course
 * asks of everybody now, the same for those who took a quiz that is gone and those who never could.
 */
export function courseGrade(quizzes: readonly QuizResult[], rule: GradingRule): CourseGrade {
  const counting = quizzes.filter((quiz) => !quiz.archived && quiz.weight > 0);
  const results = counting.map((quiz) => ({
    weight: quiz.weight,
    percent: countingAttempt(quiz.attempts, rule.attempt)?.percent,
  }));
  const taken = results.filter((result) => result.percent !== undefined).length;
  if (counting.length === 0) return { percent: null, passed: null, counting: 0, taken: 0 };
  // Hundredths are whole numbers, so that 3 x 33.33 adds up as on paper.
  const hundredths = results.reduce(
    (sum, { weight, percent = 0 }) => sum + weight * Math.round(percent * 100),
    0,
  );
  const weight = counting.reduce((sum, quiz) => sum + quiz.weight, 0);
  const percent = Math.round(hundredths / weight) / 100;
  return { percent, passed: percent >= rule.passPercent, counting: counting.length, taken };
}

export interface Progress {
  /** Items that are not optional, and how many of them are done. */
  readonly required: number;
  readonly done: number;
}

/** Whether a course counts as completed. Where no quiz counts there is no grade to pass, and the items decide. */
export function isCompleted(rule: CompletionRule, progress: Progress, grade: CourseGrade): boolean {
  const allItems = progress.required > 0 && progress.done >= progress.required;
  const passing = grade.passed ?? allItems;
  switch (rule) {
    case "AllItems":
      return allItems;
    case "PassingGrade":
      return passing;
    case "Both":
      return allItems && passing;
  }
}
