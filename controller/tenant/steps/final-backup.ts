// deletionPolicy Backup: a deleted tenant is held until a last backup was made and proven; then its data go with it. When
// that cannot be, its data stay and the tenant goes all the same: nothing hangs on a dead database, nothing goes unsaved.
import {
  done,
  ensureFinalizer,
  isDeleting,
  isOwnedBy,
  type KubeObject,
  type Live,
  ownerReferenceTo,
  PersistentVolumeClaim,
  removeFinalizer,
  requeueAfter,
  type ResourceType,
  Secret,
  type StepResult,
} from "../../engine/index.ts";
import { namespaceIsGoing } from "../../environment.ts";
import { cannotBeRead, identityFor } from "../../backup/policy.ts";
import { Backup, LmsTenant, Restore } from "../../kinds.ts";
import { LONGEST_NAME, nameOfRun } from "../../runs/name.ts";
import { createRun, runState } from "../../runs/run.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { isAsleep } from "../lifecycle.ts";
import { FINAL_BACKUP, names } from "../names.ts";
import { PostgresCluster } from "../optional/kinds.ts";
import { runtimeOf } from "../runtime.ts";

const LOOK_AGAIN_MS = 15_000;
/** Backup and drill have deadlines of their own; this is for Jobs that never begin. */
const PATIENCE_MS = 30 * 60_000;

export const held: TenantStep = {
  name: "held",
  async run(ctx) {
    if (ctx.object.spec.deletionPolicy === "Backup") await ensureFinalizer(ctx, FINAL_BACKUP);
    else await removeFinalizer(ctx, FINAL_BACKUP);
    return done();
  },
};

/** The one step of a tenant that is being deleted and held. */
export const finalBackup: TenantStep = {
  name: "final-backup",
  async run(ctx) {
    for (const { run } of DELETION_STEPS) {
      const result = await run(ctx);
      if (result) return result;
    }
    return letGo(ctx);
  },
};

/** What happens before a site goes; `undefined` leads to the next. */
interface DeletionStep {
  readonly name: "Policy" | "Backup" | "Proof" | "Data";
  run(ctx: TenantContext): Promise<StepResult | undefined>;
}

export const DELETION_STEPS: readonly DeletionStep[] = [
  { name: "Policy", run: asDeclared },
  { name: "Backup", run: backedUp },
  { name: "Proof", run: proven },
  { name: "Data", run: withItsData },
];

/** It may be changed while it waits. */
async function asDeclared(ctx: TenantContext): Promise<StepResult | undefined> {
  const { deletionPolicy } = ctx.object.spec;
  if (namespaceIsGoing(ctx) || deletionPolicy === "Retain") return letGo(ctx);
  if (deletionPolicy === "Delete") return (await withItsData(ctx)) ?? letGo(ctx);
  const trouble = cannotBe(ctx);
  return trouble === undefined ? undefined : keep(ctx, trouble);
}

/** Name of the last backup, and of the Restore that proves it. */
function runNames(ctx: TenantContext) {
  const end = `final-${ctx.object.metadata.uid.slice(0, 6)}`;
  const backup = nameOfRun(ctx.key.name, end, LONGEST_NAME - "-verify".length);
  return { backup, verify: `${backup}-verify` };
}

function cannotBe(ctx: TenantContext): string | undefined {
  const { spec, status } = tenantOf(ctx);
  if (status?.siteDigest === undefined) return "the site was never set up";
  if (spec.backup === undefined) return "spec.backup does not say where to";
  if (isAsleep(ctx.object)) return "the site sleeps, and its database with it";
  if (cannotBeRead(tenantOf(ctx)))
    return "backups are encrypted, and without spec.backup.drills.identitySecretRef none can be proven";
  // Deleted with propagationPolicy Foreground: the database goes before the tenant does.
  const runtime = runtimeOf(ctx);
  return runtime === undefined || isDeleting(runtime) ? "its database is being removed already" : undefined;
}

async function backedUp(ctx: TenantContext): Promise<StepResult | undefined> {
  const { backup: name } = runNames(ctx);
  return awaited(ctx, Backup, name, {
    what: "made",
    minutes: ctx.object.spec.backup?.deadlineMinutes ?? 0,
    spec: { tenantRef: { name: ctx.key.name } },
  });
}

async function proven(ctx: TenantContext): Promise<StepResult | undefined> {
  const { backup, verify: name } = runNames(ctx);
  const own = runState(ctx, Restore, name).run?.spec.deadlineMinutes ?? 0;
  return awaited(ctx, Restore, name, {
    what: "proven",
    minutes: 2 * ((ctx.object.spec.backup?.deadlineMinutes ?? 0) + own),
    spec: {
      tenantRef: { name: ctx.key.name },
      mode: "Verify",
      source: { backupRef: { name: backup }, ...identityFor(tenantOf(ctx)) },
    },
  });
}

/** Orders a run and waits for it: what is still to be waited for, or why it ends here. */
async function awaited<T extends Backup | Restore>(
  ctx: TenantContext,
  type: ResourceType<T>,
  name: string,
  { what, minutes, spec }: { readonly what: string; readonly minutes: number; readonly spec: object },
): Promise<StepResult | undefined> {
  const { state, words } = runState(ctx, type, name);
  if (state === "complete") return undefined;
  if (state === "failed") return keep(ctx, `${type.kind} ${name}: ${words ?? "it failed"}`);
  if (isLate(ctx, minutes * 60_000)) return keep(ctx, `${type.kind} ${name}: ${words ?? "it never began"}`);
  if (state === "absent") await createRun(ctx, type, name, spec);
  return waiting(`the last backup is being ${what} (${type.kind} ${name})`);
}

const waiting = (what: string): StepResult =>
  requeueAfter(
    LOOK_AGAIN_MS,
    "FinalBackup",
    `Before the site goes, ${what}; set spec.deletionPolicy to Retain or Delete to go without.`,
  );

function isLate(ctx: TenantContext, afterMs: number): boolean {
  const since = Date.parse(String(ctx.object.metadata.deletionTimestamp ?? ""));
  return Date.now() > since + afterMs + PATIENCE_MS;
}

/** The garbage collector takes what the tenant owns. */
async function withItsData(ctx: TenantContext): Promise<undefined> {
  const { databaseClaim, databaseSecret, accountsSecret, database } = names(ctx.key.name);
  for (const [type, name] of [
    [PersistentVolumeClaim, databaseClaim],
    [PostgresCluster, database],
    [Secret, databaseSecret],
    [Secret, accountsSecret],
  ] as const)
    await own(ctx, type as ResourceType, name);
  const { backup } = runNames(ctx);
  const path = ctx.cache(Backup).get(besides(ctx, backup))?.status?.path;
  if (path !== undefined)
    ctx.events.normal("FinalBackupProven", `The last backup, ${path}, was proven: the site's data go.`);
}

async function own(ctx: TenantContext, type: ResourceType, name: string): Promise<void> {
  const key = besides(ctx, name);
  const live = ctx.cache<KubeObject>(type).get(key) as Live | undefined;
  if (live === undefined || isDeleting(live) || isOwnedBy(live, ctx.object.metadata.uid)) return;
  // Somebody else's of that name.
  if (live.metadata.labels?.["app.kubernetes.io/instance"] !== ctx.key.name) return;
  const owner = ownerReferenceTo({ type: LmsTenant as never, object: ctx.object as never });
  const { uid, resourceVersion, ownerReferences = [] } = live.metadata;
  await ctx.client.mergePatch(type, key, {
    metadata: { uid, resourceVersion, ownerReferences: [...ownerReferences, owner] },
  });
}

async function keep(ctx: TenantContext, why: string): Promise<StepResult> {
  ctx.events.warning("FinalBackupFailed", `There is no proven last backup, so the site's data stay: ${why}.`);
  return letGo(ctx);
}

async function letGo(ctx: TenantContext): Promise<StepResult> {
  await removeFinalizer(ctx, FINAL_BACKUP);
  return done();
}
