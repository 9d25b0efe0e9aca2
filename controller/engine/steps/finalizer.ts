// Finalizers: hold an object until its traces elsewhere are gone.
import { isNotFound } from "../client/errors.ts";
import { isDeleting, keyOf, type KubeObject, type Live } from "../client/object.ts";
import type { ReconcileContext } from "./context.types.ts";
import { type Run, runOf } from "./run.ts";

/**
 * Adds a finalizer if it is missing (one patch with optimistic locking); returns the object as it is now. An object
 * that is already being deleted cannot get a new finalizer and is returned unchanged.
 */
export async function ensureFinalizer<T extends KubeObject>(
  ctx: Pick<ReconcileContext<T>, "draft">,
  finalizer: string,
): Promise<Live<T>> {
  const run = runOf(ctx);
  const finalizers = run.object.metadata.finalizers ?? [];
  if (finalizers.includes(finalizer) || isDeleting(run.object)) return run.object;
  await patchFinalizers(run, [...finalizers, finalizer]);
  return run.object;
}

/** Removes a finalizer if it is there. Afterwards the object may be gone, and its status is not written any more. */
export async function removeFinalizer<T extends KubeObject>(
  ctx: Pick<ReconcileContext<T>, "draft">,
  finalizer: string,
): Promise<void> {
  const run = runOf(ctx);
  const finalizers = run.object.metadata.finalizers ?? [];
  const left = finalizers.filter((name) => name !== finalizer);
  if (left.length < finalizers.length) {
    try {
      await patchFinalizers(run, left);
    } catch (error) {
      // Gone already: somebody else removed the last finalizer.
      if (!isNotFound(error)) throw error;
    }
  }
  if (isDeleting(run.object) && left.length === 0) run.gone = true;
}

async function patchFinalizers<T extends KubeObject>(
  run: Run<T>,
  finalizers: readonly string[],
): Promise<void> {
  const { uid, resourceVersion } = run.object.metadata;
  await run.client.mergePatch(run.type, keyOf(run.object as KubeObject), {
    metadata: { uid, resourceVersion, finalizers },
  });
}
