// Makes the Job of a run, once, whoever asks how often.
import {
  isAlreadyExists,
  isInvalid,
  isOwnedBy,
  type Job as JobObject,
  Job,
  type Live,
  mustStand,
  ownerReferenceTo,
  type ReconcileContext,
  type ResourceType,
  stalled,
  type Stalled,
} from "../engine/index.ts";

type OrderContext = Pick<ReconcileContext, "key" | "object" | "cache" | "client" | "events" | "signal">;

export interface Order {
  /** Type of the object that the Job is of. */
  readonly type: ResourceType;
  /** Name of the Job. */
  readonly name: string;
  /** For people: `makes the backup`. */
  readonly does: string;
  /** Field that the Job's details come from, for who has to correct it. */
  readonly field: string;
  /** Reason of the event that tells of it. */
  readonly reason: string;
}

/** The Job there is. `other` when somebody else has its name. */
export function jobInCache(ctx: OrderContext, order: Order): Live<JobObject> | Stalled | undefined {
  const job = ctx.cache(Job).get({ namespace: ctx.key.namespace, name: order.name });
  return job && ours(ctx, job, order);
}

/** A Job cannot be changed once it is there, so it is created and not applied. */
export async function orderJob(
  ctx: OrderContext,
  desired: JobObject,
  order: Order,
): Promise<Live<JobObject> | Stalled> {
  await mustStand(ctx as never);
  const owner = ownerReferenceTo({ type: order.type as never, object: ctx.object as never });
  const key = { namespace: ctx.key.namespace, name: order.name };
  try {
    const job = await ctx.client.create(Job, {
      ...desired,
      metadata: { ...desired.metadata, ownerReferences: [owner] },
    });
    ctx.events.normal(order.reason, `Job ${order.name} ${order.does}.`);
    return job;
  } catch (error) {
    // The cache lags behind.
    if (isAlreadyExists(error)) return ours(ctx, await ctx.client.get(Job, key), order);
    if (!isInvalid(error)) throw error;
    const why = error.message.replace(/^.*?: 422 /, "");
    return stalled(
      "JobRefused",
      `${order.field}: the API server refuses Job ${order.name}: ${why}. Correct the field.`,
    );
  }
}

function ours(ctx: OrderContext, job: Live<JobObject>, { type, name }: Order): Live<JobObject> | Stalled {
  if (isOwnedBy(job, ctx.object.metadata.uid)) return job;
  return stalled(
    "NameTaken",
    `Job ${name} exists and is not of this ${type.kind}: delete it, or create a ${type.kind} of another name.`,
  );
}
