// The replicas of a site, one by one: what a Service answers is what one of them says.
import { isDeleting, type Live, type Pod, StepError } from "../engine/index.ts";
import { readSecret, secretText } from "../environment.ts";
import { names } from "../tenant/names.ts";
import { LmsProblem } from "../lms/errors.ts";
import { besides } from "../tenant/context.ts";
import { rolloutLacks } from "../tenant/progress.ts";
import { podsOf, runtimeOf } from "../tenant/runtime.ts";
import type { Replica, UpdateContext } from "./context.ts";
import { withoutStop } from "../words.ts";

type Context = Pick<UpdateContext, "key" | "cache" | "env" | "signal">;

/** Pods of the runtime that are not on their way out. */
export const runtimePods = (ctx: Context): Live<Pod>[] =>
  podsOf(ctx, "lms").filter((pod) => !isDeleting(pod));

/** Those that are ready, with a client for each. */
export async function replicasOf(ctx: Context): Promise<Replica[]> {
  const { adminSecret } = names(ctx.key.name);
  const token = secretText(await readSecret(ctx, besides(ctx, adminSecret)), "token") ?? "";
  return runtimePods(ctx).flatMap((pod) => {
    const ready = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
    const ip = pod.status?.podIP;
    if (ready !== true || ip === undefined) return [];
    const { namespace, name } = ctx.key;
    const at = { name: pod.metadata.name, ip };
    return [{ pod, lms: ctx.env.connections.replica(namespace, name, at, token) }];
  });
}

/** Image that the runtime is declared with. */
export const declaredImage = (ctx: Context): string | undefined =>
  runtimeOf(ctx)?.spec?.template.spec?.containers[0]?.image;

/** What the runtime lacks to serve on an image with all its replicas; `undefined` when it does. */
export function lacksOn(ctx: Context, image: string): string | undefined {
  const runtime = runtimeOf(ctx);
  if (runtime === undefined) return "there is no Deployment of the runtime";
  if (declaredImage(ctx) !== image) return "the image has not been set yet";
  const lacks = rolloutLacks(runtime);
  if (lacks !== undefined) return lacks;
  return (runtime.status?.readyReplicas ?? 0) > 0 ? undefined : "no replica is ready";
}

/** How often the program of a pod was started again; the most of any. */
export function restartsOn(ctx: Context, image: string): number {
  const counts = runtimePods(ctx)
    .filter(({ spec }) => spec?.containers[0]?.image === image)
    .map(({ status }) => status?.containerStatuses?.[0]?.restartCount ?? 0);
  return Math.max(0, ...counts);
}

/** Asks the replicas; that one cannot be reached is no answer. */
export async function asked<T>(
  ctx: Context,
  question: (replicas: readonly Replica[]) => Promise<T>,
): Promise<{ readonly answer: T } | { readonly trouble: string }> {
  try {
    const replicas = await replicasOf(ctx);
    if (replicas.length === 0) return { trouble: "no replica is ready" };
    return { answer: await question(replicas) };
  } catch (error) {
    if (!(error instanceof StepError) && !(error instanceof LmsProblem)) throw error;
    return { trouble: withoutStop(error.message) };
  }
}
