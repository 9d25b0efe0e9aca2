// Whether the object of a reconcile still stands, and as the cache shows it. A cache may lag behind: after a restart,
// while a watch is down, in a process that has just become the leader.
import { BeingDeletedError } from "../apply/errors.ts";
import { isDeleting, keyOf, keyString, type KubeObject } from "../client/object.ts";
import type { ReconcileContext } from "./context.types.ts";
import { StepError } from "./result.ts";
import { type Run, runOf } from "./run.ts";

/** The live generation, by run. */
const answers = new WeakMap<object, Promise<number | undefined>>();

/**
 * Asks the API server, once in a reconcile, whether the object is there and not being deleted. To be called before
 * something is made for it: what is made for an object that is gone would be collected and made again for as long as the
 * cache shows it, or, outside the cluster, stay for ever.
 * @throws BeingDeletedError when it is gone, going, or another has taken its name; nothing is written about it then
 */
export async function mustStand<T extends KubeObject>(
  ctx: Pick<ReconcileContext<T>, "draft">,
): Promise<void> {
  await liveGeneration(runOf(ctx));
}

/**
 * As {@link mustStand}, and its spec is the one that this reconcile looks at. To be called before something is deleted
 * because the spec does not ask for it, or replaced by what it asks for: the spec of now may say otherwise.
 * @throws StepError Changed
 */
export async function mustBeCurrent<T extends KubeObject>(
  ctx: Pick<ReconcileContext<T>, "draft">,
): Promise<void> {
  const run = runOf(ctx);
  if ((await liveGeneration(run)) === run.generation) return;
  throw new StepError("Changed", `${nameOf(run)} was changed meanwhile; looking at it again`);
}

function liveGeneration<T extends KubeObject>(run: Run<T>): Promise<number | undefined> {
  const answer = answers.get(run) ?? ask(run);
  answers.set(run, answer);
  return answer;
}

const nameOf = <T extends KubeObject>({ type, object }: Run<T>): string =>
  `${type.kind} ${keyString(keyOf(object as KubeObject))}`;

async function ask<T extends KubeObject>(run: Run<T>): Promise<number | undefined> {
  const live = await run.client.find(run.type, keyOf(run.object as KubeObject));
  if (live?.metadata.uid === run.object.metadata.uid && !isDeleting(live)) return live.metadata.generation;
  run.gone = true;
  throw new BeingDeletedError(`${nameOf(run)} was deleted; this is the last that was seen of it`);
}
