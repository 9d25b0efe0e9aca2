// The gradebook as rows: one learner a row, one quiz a column; as CSV too. Pure.
import {
  type AttemptResult,
  countingAttempt,
  courseGrade,
  type CourseGrade,
  isCompleted,
} from "./course-grade.ts";
import type { GradebookLearner, GradebookQuiz, GradebookRow } from "./pages.ts";

export interface GradebookCell {
  readonly quiz: GradebookQuiz;
  /** The attempt that counts. */
  readonly counting: (AttemptResult & { readonly percent: number }) | undefined;
  readonly attempts: number;
  readonly inProgress: boolean;
}

export interface GradebookLine {
  readonly learner: GradebookLearner;
  readonly cells: readonly GradebookCell[];
  readonly grade: CourseGrade;
  readonly completed: boolean;
}

export function gradebookLines(course: GradebookRow): readonly GradebookLine[] {
  return course.learners.map((learner) => {
    const byQuiz = course.quizzes.map((quiz) => ({
      ...quiz,
      attempts: learner.attempts.filter((attempt) => attempt.item === quiz.id),
    }));
    const grade = courseGrade(byQuiz, { attempt: course.graded_attempt, passPercent: course.pass_percent });
    return {
      learner,
      grade,
      completed: isCompleted(course.completion, { required: course.required, done: learner.done }, grade),
      cells: byQuiz.map((quiz) => ({
        quiz,
        counting: countingAttempt(quiz.attempts, course.graded_attempt),
        attempts: quiz.attempts.length,
        inProgress: quiz.attempts.some((attempt) => attempt.percent === null),
      })),
    };
  });
}

/** The gradebook for spreadsheets: RFC 4180, UTF-8 with a byte order mark so that they read names right. */
export function gradebookCsv(course: GradebookRow): string {
  const head = [
    "Name",
    "User name",
    "E-mail",
    "Active",
    "Items done",
    "Items required",
    "Course grade (%)",
    "Passed",
    "Completed",
    ...course.quizzes.map((quiz) => `${quiz.title} (%)${quiz.archived ? " (archived)" : ""}`),
  ];
  const lines = gradebookLines(course).map(({ learner, grade, completed, cells }) => [
    learner.displayName,
    learner.name,
    learner.email,
    yesNo(learner.active),
    learner.done,
    course.required,
    grade.percent ?? "",
    grade.passed === null ? "" : yesNo(grade.passed),
    yesNo(completed),
    ...cells.map(({ counting }) => counting?.percent ?? ""),
  ]);
  return `\uFEFF${[head, ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("")}`;
}

const yesNo = (value: boolean): string => (value ? "yes" : "no");

function field(value: string | number): string {
  if (typeof value === "number") return String(value);
  // A spreadsheet would run text that begins like a formula (OWASP: CSV injection).
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
