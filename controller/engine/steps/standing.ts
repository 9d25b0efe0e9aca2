// Whether the object of a reconcile still stands. A cache may lag behind: after a restart, while a watch is down, in a process
// that has just become the leader.
import { BeingDeletedError } from "../apply/errors.ts";
import { isDeleting, keyOf, keyString, type KubeObject } from "../client/object.ts";
import type { ReconcileContext } from "./context.types.ts";
import { type Run, runOf } from "./run.ts";

const answers = new WeakMap<object, Promise<void>>();

/**
 * Asks the API server, once in a reconcile, whether the object is there and not being deleted. To be called before
 * something is made for it: what is made for an object that is gone would be collected and made again for as long as the
 * cache shows it, or, outside the cluster, stay for ever.
 * @throws BeingDeletedError when it is gone, going, or another has taken its name; nothing is written about it then
 */
export function mustStand<T extends KubeObject>(ctx: Pick<ReconcileContext<T>, "draft">): Promise<void> {
  const run = runOf(ctx);
  const answer = answers.get(run) ?? ask(run);
  answers.set(run, answer);
  return answer;
}

async function ask<T extends KubeObject>(run: Run<T>): Promise<void> {
  const key = keyOf(run.object as KubeObject);
  const live = await run.client.find(run.type, key);
  if (live?.metadata.uid === run.object.metadata.uid && !isDeleting(live)) return;
  run.gone = true;
  throw new BeingDeletedError(
    `${run.type.kind} ${keyString(key)} was deleted; this is the last that was seen of it`,
  );
}
