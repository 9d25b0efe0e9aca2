// One run of a reconcile: makes its context, and keeps what must stay true however steps copy that context.
import type { Logger } from "pino";
import { applyOwned, type Owner } from "../apply/apply.ts";
import type { HttpClient } from "../client/client.ts";
import type { Client } from "../client/client.types.ts";
import { keyOf, type KubeObject, type Live, type ObjectKey, type ResourceType } from "../client/object.ts";
import type { Cache } from "../informer/cache.types.ts";
import type { ObjectEvents, ReconcileContext, StatusDraft, StatusOf } from "./context.types.ts";
import { Draft } from "./draft.ts";

/** What a run is made of. */
export interface RunInit<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly object: Live<T>;
  readonly id: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly client: HttpClient;
  readonly events: ObjectEvents;
  readonly cache: <U extends KubeObject>(type: ResourceType<U>) => Cache<U>;
}

/** The state of a run behind its context. Copies of a context share it, because they share `draft`. */
export class Run<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly draft = new Draft();
  readonly client: Client;
  readonly events: ObjectEvents;
  /** Generation that this run looks at: own writes may move `object` on, never this. */
  readonly generation: number | undefined;
  object: Live<T>;
  /** The last finalizer was removed: there is no status to write any more. */
  gone = false;

  constructor(init: RunInit<T>) {
    this.type = init.type;
    this.object = init.object;
    this.generation = init.object.metadata.generation;
    this.events = init.events;
    this.client = init.client.bind({
      signal: init.signal,
      onWrite: (type, object) => {
        if (
          type.kind === this.type.kind &&
          type.group === this.type.group &&
          object.metadata.uid === this.object.metadata.uid
        ) {
          this.object = object as unknown as Live<T>;
        }
      },
    });
  }
}

const runs = new WeakMap<object, Run<KubeObject>>();

/** The run behind a context or a copy of it. */
export function runOf<T extends KubeObject>(ctx: Pick<ReconcileContext<T>, "draft">): Run<T> {
  const run = runs.get(ctx.draft);
  if (run === undefined)
    throw new TypeError(
      "not the context of a reconcile: pass the ctx that reconcile() was given, or extend() of it",
    );
  return run as unknown as Run<T>;
}

/** Makes the context of one run. */
export function contextOf<T extends KubeObject>(init: RunInit<T>): ReconcileContext<T> {
  const run = new Run(init);
  runs.set(run.draft, run as unknown as Run<KubeObject>);
  const key: ObjectKey = keyOf(init.object as KubeObject);
  return {
    key,
    id: init.id,
    attempt: init.attempt,
    get object() {
      return run.object;
    },
    signal: init.signal,
    log: init.log,
    client: run.client,
    events: init.events,
    draft: run.draft as StatusDraft<StatusOf<T>>,
    cache: init.cache,
    apply(type, desired, options) {
      const owner = { type: run.type, object: run.object } as unknown as Owner;
      const inNamespace = withNamespace(type, desired, key.namespace);
      return applyOwned(run.client, cacheOrLive(init, type), type, inNamespace, owner, options);
    },
  };
}

/** The context with more in it (`extend(ctx, { lms })`); unlike a spread it keeps `object` current. */
export function extend<C extends object, E extends object>(ctx: C, more: E): C & E {
  return Object.assign(Object.create(ctx) as C, more);
}

function cacheOrLive<T extends KubeObject, U extends KubeObject>(
  init: RunInit<T>,
  type: ResourceType<U>,
): Cache<U> | undefined {
  try {
    return init.cache(type);
  } catch {
    // Nobody caches this kind: the live object is read before it is written.
    return undefined;
  }
}

/** An owned object lives in its owner's namespace unless it says otherwise. */
function withNamespace<U extends KubeObject>(type: ResourceType<U>, desired: U, namespace: string): U {
  if (!type.namespaced || desired.metadata?.namespace || namespace === "") return desired;
  return { ...desired, metadata: { ...desired.metadata, namespace } };
}
