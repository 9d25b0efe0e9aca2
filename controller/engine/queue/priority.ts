// Why a key is in the queue, most urgent first.

/** `change`: somebody changed something. `resync`: a periodic look. `initial`: the first list after a start. */
export type Priority = "change" | "resync" | "initial";

export const PRIORITIES = ["change", "resync", "initial"] as const satisfies readonly Priority[];

/** The more urgent of two. */
export function moreUrgent(a: Priority, b: Priority): Priority {
  return PRIORITIES.indexOf(a) <= PRIORITIES.indexOf(b) ? a : b;
}
