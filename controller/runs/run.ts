// A Backup or a Restore that the operator makes for a tenant: ordered under a name that says what for, and found again.
import {
  findCondition,
  isAlreadyExists,
  type KubeObject,
  type Live,
  mustStand,
  type ReconcileContext,
  type ResourceType,
} from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import type { Backup, LmsTenant, Restore } from "../kinds.ts";
import { besides } from "../tenant/context.ts";
import { withoutStop } from "../words.ts";
import { isOver } from "./id.ts";

type RunContext = Pick<ReconcileContext<LmsTenant>, "key" | "object" | "client" | "cache"> & {
  readonly env: Environment;
};

export interface RunState<T> {
  readonly state: "absent" | "running" | "complete" | "failed";
  readonly run: Live<T & KubeObject> | undefined;
  /** Reason of the condition that tells how it stands. */
  readonly reason: string | undefined;
  /** The same for people, without a full stop. */
  readonly words: string | undefined;
}

/** How a run of this name stands. */
export function runState<T extends Backup | Restore>(
  ctx: Pick<RunContext, "key" | "cache">,
  type: ResourceType<T>,
  name: string,
): RunState<T> {
  const run = ctx.cache(type).get(besides(ctx, name)) as Live<T> | undefined;
  const conditions = run?.status?.conditions;
  const told = findCondition(conditions, "Complete") ?? findCondition(conditions, "Ready");
  return {
    state: stateOf(run as Live<Backup> | Live<Restore> | undefined),
    run,
    reason: told?.reason,
    words: told && withoutStop(told.message),
  };
}

function stateOf(run: Live<Backup> | Live<Restore> | undefined): RunState<Backup | Restore>["state"] {
  if (run === undefined) return "absent";
  if (!isOver(run)) return "running";
  return run.status?.completedAt === undefined ? "failed" : "complete";
}

/** Creates the object of a run for a tenant that stands. */
export async function orderRun<T extends KubeObject>(
  ctx: RunContext & Pick<ReconcileContext<LmsTenant>, "draft">,
  type: ResourceType<T>,
  name: string,
  spec: object,
): Promise<void> {
  await mustStand(ctx);
  await createRun(ctx, type, name, spec);
}

/** Creates the object of a run. One time, one name: a second try finds what the first one made. */
export async function createRun<T extends KubeObject>(
  ctx: RunContext,
  type: ResourceType<T>,
  name: string,
  spec: object,
): Promise<void> {
  const metadata = { ...besides(ctx, name), labels: shardLabels(ctx) };
  try {
    await ctx.client.create(type, { metadata, spec } as unknown as T);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** A run belongs to the shard of its tenant. */
function shardLabels({ env, object }: RunContext): Record<string, string> {
  const { selector } = env.settings;
  const labels = object.metadata.labels ?? {};
  const named = (selector ?? "").match(/[\w./-]+(?=\s*(=|==|\s+in\b))/g) ?? [];
  return Object.fromEntries(
    named.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])),
  );
}
