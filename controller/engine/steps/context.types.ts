// What a reconcile function gets, and the table of contents it is made of.
import type { Logger } from "pino";
import type { AppliedObject, ApplyOwnedOptions } from "../apply/apply.types.ts";
import type { Client } from "../client/client.types.ts";
import type { KubeObject, Live, ObjectKey, ResourceType } from "../client/object.ts";
import type { DeclaredCondition } from "../conditions/condition.types.ts";
import type { Cache } from "../informer/cache.types.ts";
import type { Outcome, StepResult } from "./result.ts";

/** The type of `status` of an object type. */
export type StatusOf<T> = T extends { status?: infer S } ? NonNullable<S> : Record<string, unknown>;

/** What steps want in status. Nothing is written until {@link summarise}, and then only what differs. */
export interface StatusDraft<S> {
  /** Sets status fields; `undefined` removes a field. `conditions` and `observedGeneration` are not set here. */
  set(fields: { [K in keyof S]?: S[K] | undefined }): void;
  /** Declares a condition of the kind's own (not Ready, Reconciling or Stalled). */
  condition(condition: DeclaredCondition): void;
  /** Removes a condition (abnormal-true conditions are absent while all is well). */
  removeCondition(type: string): void;
}

/** Records events about the object being reconciled. Never throws, never waits. */
export interface ObjectEvents {
  /** Something worth knowing happened. `reason` is CamelCase and stable. */
  normal(reason: string, message: string): void;
  /** Something went wrong that a person may have to act on. */
  warning(reason: string, message: string): void;
}

/** One run of a reconcile for one object. */
export interface ReconcileContext<T extends KubeObject = KubeObject> {
  readonly key: ObjectKey;
  /** Unique per run; in every log line. */
  readonly id: string;
  /** 0 at first, then the number of failures in a row of this key. */
  readonly attempt: number;
  /** The newest version this process knows, own writes included. Immutable. May be deleting: see `isDeleting`. */
  readonly object: Live<T>;
  /** Aborted on timeout, on stop and when leadership is lost. Pass it to everything that waits. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Bound to `signal`. What it writes is visible in the caches at once. */
  readonly client: Client;
  readonly events: ObjectEvents;
  readonly draft: StatusDraft<StatusOf<T>>;
  /** The shared cache of a type that this manager watches; throws for a type nobody asked to cache. */
  cache<U extends KubeObject>(type: ResourceType<U>): Cache<U>;
  /** Applies an object owned by `object`; writes only when something differs. See `applyOwned`. */
  apply<U extends KubeObject>(
    type: ResourceType<U>,
    desired: U,
    options?: ApplyOwnedOptions,
  ): Promise<AppliedObject<U>>;
}

/** One line in the table of contents of a reconcile. `C` is a `ReconcileContext`, often with more in it. */
export interface Step<C> {
  /** kebab-case; in logs and in the report. */
  readonly name: string;
  /** Does one thing. Throwing means: retry with backoff. */
  run(ctx: C): Promise<StepResult> | StepResult;
}

/** How the steps ended. */
export interface StepsReport {
  readonly outcome: Outcome;
  /** Name of the step that was not done, if any. */
  readonly stoppedAt: string | undefined;
  /** Names of the steps that were done, in order. */
  readonly completed: readonly string[];
}
