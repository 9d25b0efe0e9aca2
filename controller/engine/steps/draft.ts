// What steps wish to see in status, collected until the one write at the end.
import type { Condition, DeclaredCondition } from "../conditions/condition.types.ts";
import { KSTATUS_CONDITIONS, kstatus, removeCondition, setCondition } from "../conditions/conditions.ts";
import { deepEqual } from "../apply/equal.ts";
import type { StatusDraft } from "./context.types.ts";
import type { Outcome } from "./result.ts";

/** A status as every kind of ours has it. */
export interface ObservedStatus {
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number;
  readonly [field: string]: unknown;
}

/** Implements {@link StatusDraft}. */
export class Draft implements StatusDraft<Record<string, unknown>> {
  readonly #fields = new Map<string, unknown>();
  readonly #conditions = new Map<string, DeclaredCondition | undefined>();

  set(fields: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(fields)) {
      if (name === "conditions" || name === "observedGeneration") {
        throw new TypeError(
          `status draft: ${name} is written by the summariser; use condition() for conditions`,
        );
      }
      this.#fields.set(name, value);
    }
  }

  condition(condition: DeclaredCondition): void {
    if ((KSTATUS_CONDITIONS as readonly string[]).includes(condition.type)) {
      throw new TypeError(
        `status draft: condition ${condition.type} follows from the outcome of the steps; return requeueAfter or stalled instead`,
      );
    }
    this.#conditions.set(condition.type, condition);
  }

  removeCondition(type: string): void {
    this.#conditions.set(type, undefined);
  }

  /** The merge patch that makes `observed` what the draft and the outcome say; `undefined` when nothing differs. */
  patch(
    observed: ObservedStatus | undefined,
    outcome: Outcome,
    at: { readonly generation: number | undefined; readonly now: Date },
  ): { patch: Record<string, unknown>; conditions: Condition[] } | undefined {
    let conditions: Condition[] = [...(observed?.conditions ?? [])];
    for (const [type, declared] of this.#conditions) {
      conditions = declared ? setCondition(conditions, declared, at) : removeCondition(conditions, type);
    }
    conditions = kstatus(conditions, outcome, at);
    const patch: Record<string, unknown> = {};
    if (!deepEqual(conditions, observed?.conditions ?? [])) patch["conditions"] = conditions;
    if (at.generation !== undefined && observed?.observedGeneration !== at.generation)
      patch["observedGeneration"] = at.generation;
    for (const [name, value] of this.#fields) {
      const known = observed?.[name];
      if (deepEqual(known, value)) continue;
      patch[name] = value === undefined ? null : mergePatchOf(known, value);
    }
    return Object.keys(patch).length === 0 ? undefined : { patch, conditions };
  }
}

/** The merge patch (RFC 7386) from one value to another: it merges objects, so what is no longer there is named as null. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const name of Object.keys(from)) if (to[name] === undefined) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    if (value !== undefined && !deepEqual(from[name], value)) patch[name] = mergePatchOf(from[name], value);
  }
  return patch;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
