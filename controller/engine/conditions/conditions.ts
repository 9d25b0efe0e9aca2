// Pure helpers on metav1.Condition lists, and kstatus: what Ready, Reconciling and Stalled are after a reconcile.
import { deepEqual } from "../apply/equal.ts";
import type { Outcome } from "../steps/result.ts";
import type { Condition, DeclaredCondition } from "./condition.types.ts";

/** The conditions that the engine itself owns. */
export const KSTATUS_CONDITIONS = ["Ready", "Reconciling", "Stalled"] as const;

/** metav1.Condition allows at most this many characters in a message. */
const LONGEST_MESSAGE = 32_768;

/**
 * Returns conditions with `declared` in it; `lastTransitionTime` changes only when `status` changes. A condition keeps
 * its place in the list; when nothing differs the same object is kept.
 */
export function setCondition(
  conditions: readonly Condition[],
  declared: DeclaredCondition,
  at: { readonly generation?: number | undefined; readonly now: Date },
): Condition[] {
  const known = findCondition(conditions, declared.type);
  // Half a surrogate pair would come back from the API server as another character, and differ for ever.
  const message = declared.message.slice(0, LONGEST_MESSAGE).toWellFormed();
  const next: Condition = {
    type: declared.type,
    status: declared.status,
    ...(at.generation !== undefined && { observedGeneration: at.generation }),
    lastTransitionTime: known?.status === declared.status ? known.lastTransitionTime : rfc3339(at.now),
    reason: declared.reason,
    message,
  };
  if (known === undefined) return [...conditions, next];
  if (deepEqual(known, next)) return [...conditions];
  return conditions.map((condition) => (condition.type === declared.type ? next : condition));
}

/** Returns conditions without `type`. */
export function removeCondition(conditions: readonly Condition[], type: string): Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** Finds a condition. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** True when the object's Ready condition is True for its current generation. */
export function isReady(object: {
  readonly metadata?: { readonly generation?: number };
  readonly status?: unknown;
}): boolean {
  const status = object.status as
    { conditions?: readonly Condition[]; observedGeneration?: number } | undefined;
  const ready = findCondition(status?.conditions, "Ready");
  const generation = object.metadata?.generation;
  if (ready?.status !== "True") return false;
  return generation === undefined || (ready.observedGeneration ?? status?.observedGeneration) === generation;
}

/**
 * kstatus of an outcome. Done: Ready. Waiting or failing: not Ready, Reconciling. Stalled: not Ready, Stalled.
 * Reconciling and Stalled are abnormal-true: absent (not False) while they do not apply.
 */
export function kstatus(
  conditions: readonly Condition[],
  outcome: Outcome,
  at: { readonly generation?: number | undefined; readonly now: Date },
): Condition[] {
  switch (outcome.type) {
    case "done":
      return removeCondition(
        removeCondition(
          setCondition(
            conditions,
            {
              type: "Ready",
              status: "True",
              reason: "Ready",
              message: outcome.message ?? "All is as declared.",
            },
            at,
          ),
          "Reconciling",
        ),
        "Stalled",
      );
    case "stalled":
      return setCondition(
        removeCondition(
          setCondition(conditions, { ...worded(outcome), type: "Ready", status: "False" }, at),
          "Reconciling",
        ),
        { ...worded(outcome), type: "Stalled", status: "True" },
        at,
      );
    case "requeue":
    case "failed":
      return setCondition(
        removeCondition(
          setCondition(conditions, { ...worded(outcome), type: "Ready", status: "False" }, at),
          "Stalled",
        ),
        { ...worded(outcome), type: "Reconciling", status: "True" },
        at,
      );
  }
}

function worded({ reason, message }: { readonly reason: string; readonly message: string }): {
  reason: string;
  message: string;
} {
  return { reason, message };
}

/** The form of metav1.Time: whole seconds, UTC. */
export function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
