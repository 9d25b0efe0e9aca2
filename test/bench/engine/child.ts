// The contender's side of the talk with the bench: it remembers when each reconcile was entered, and tells when asked.
// Nothing is sent while a phase runs.
import { nowMs } from "./place.ts";
import type { Answer, Mark, Question } from "./talk.types.ts";

const marks: Mark[] = [];
let runs = 0;

/** Called by every contender as the first thing in its reconcile. */
export function entered(text: string): void {
  runs++;
  marks.push([text, nowMs()]);
}

/** Begins to answer, and says that this process is up. */
export function serveQuestions(
  abilities: {
    /** Writes all ConfigMaps in their n-th version. */
    readonly fire?: (version: number) => Promise<unknown>;
    readonly leads?: () => boolean;
    /** Reconciles entered, where `entered` cannot count them. */
    readonly runs?: () => Promise<number>;
  } = {},
): void {
  const answer = async ({ question }: Question): Promise<Omit<Answer, "id">> => {
    switch (question.type) {
      case "runs":
        return { runs: (await abilities.runs?.()) ?? runs };
      case "marks":
        return { marks: marks.splice(0) };
      case "leads":
        return { leads: abilities.leads?.() ?? true };
      case "fire":
        await abilities.fire?.(question.version);
        return {};
    }
  };
  process.on("message", (asked: Question) => {
    answer(asked).then(
      (told) => process.send?.({ id: asked.id, ...told } satisfies Answer),
      (error: unknown) => process.send?.({ id: asked.id, error: String(error) } satisfies Answer),
    );
  });
  // A contender never outlives the bench.
  process.on("disconnect", () => process.exit(1));
  process.send?.({ id: 0 } satisfies Answer);
}
