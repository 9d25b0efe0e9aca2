// When a course has come to its site, for whoever waits for it there. Pure.
import { findCondition } from "../engine/index.ts";
import type { Course } from "../kinds.ts";

type Seen = Pick<Course, "status">;

/** Whether another version of the course is on the site, or the same one on another site of that name. */
export function isNewlyThere(before: Seen, now: Seen): boolean {
  if (before.status?.digest !== now.status?.digest) return true;
  // Of whatever generation: an outline keeps none.
  const saysReady = ({ status }: Seen): boolean =>
    findCondition(status?.conditions, "Ready")?.status === "True";
  return saysReady(now) && !saysReady(before);
}
