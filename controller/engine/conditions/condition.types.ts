// metav1.Condition, as stored in status.conditions.

export type ConditionStatus = "True" | "False" | "Unknown";

/** `metav1.Condition`. */
export interface Condition {
  type: string;
  status: ConditionStatus;
  observedGeneration?: number;
  /** RFC 3339; changes only when `status` changes. */
  lastTransitionTime: string;
  /** CamelCase, stable, for machines. */
  reason: string;
  /** For people. */
  message: string;
}

/** A condition as a step declares it; time and generation are filled in by the summariser. */
export interface DeclaredCondition {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}
