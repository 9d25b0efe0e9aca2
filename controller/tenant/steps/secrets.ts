// Makes the Secrets of a tenant: every value once, never again while it is there.
import {
  BeingDeletedError,
  isDeleting,
  isOwnedBy,
  type Live,
  mustStand,
  ownerReferenceTo,
  PersistentVolumeClaim,
  Secret,
  done,
  stalled,
  type StepResult,
} from "../../engine/index.ts";
import { readSecret } from "../../environment.ts";
import { LmsTenant } from "../../kinds.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { type GeneratedSecret, generatedSecrets } from "../credentials.ts";
import { labels, names } from "../names.ts";

export const secrets: TenantStep = {
  name: "secrets",
  async run(ctx) {
    for (const secret of generatedSecrets(tenantOf(ctx))) {
      const result = await ensureSecret(ctx, secret);
      if (result.type !== "done") return result;
    }
    return done();
  },
};

async function ensureSecret(ctx: TenantContext, wanted: GeneratedSecret): Promise<StepResult> {
  const key = besides(ctx, wanted.name);
  const live = await readSecret(ctx, key);
  if (live === undefined) {
    const lost = credentialsLost(ctx, wanted);
    if (lost) return lost;
    await mustStand(ctx);
    await ctx.client.create(Secret, {
      metadata: {
        ...key,
        labels: labels(ctx.key.name, wanted.component),
        ...ownership(ctx, wanted, undefined),
      },
      type: "Opaque",
      data: valuesOf(wanted, Object.keys(wanted.values)),
    });
    ctx.events.normal("SecretCreated", `Made ${wanted.title} (Secret ${wanted.name}).`);
    return done();
  }
  if (isDeleting(live))
    throw new BeingDeletedError(`Secret ${wanted.name} is being deleted; it is made anew when it is gone.`);
  const foreign = foreignness(ctx, live);
  if (foreign) return foreign;
  const missing = Object.keys(wanted.values).filter((name) => !live.data?.[name]);
  const metadata = metadataPatch(ctx, wanted, live);
  if (missing.length === 0 && metadata === undefined) return done();
  await ctx.client.mergePatch(Secret, key, {
    // Nobody's value is overwritten: when the Secret changed meanwhile, we look again.
    metadata: { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion, ...metadata },
    ...(missing.length > 0 && { data: valuesOf(wanted, missing) }),
  });
  tellOfMissing(ctx, wanted, missing);
  return done();
}

/** A volume that was initialised with a password nobody has any more must not be met with a new one in silence. */
function credentialsLost(ctx: TenantContext, wanted: GeneratedSecret): StepResult | undefined {
  if (wanted.component !== "database") return undefined;
  const { databaseClaim } = names(ctx.key.name);
  const claim = ctx.cache(PersistentVolumeClaim).get(besides(ctx, databaseClaim));
  if (claim === undefined || isDeleting(claim)) return undefined;
  const owners = claim.metadata.ownerReferences ?? [];
  if (owners.length > 0 && !owners.some((owner) => owner.uid === ctx.object.metadata.uid)) return undefined;
  return stalled(
    "DatabaseCredentialsLost",
    `Secret ${wanted.name} is gone, but the volume ${databaseClaim} was initialised with its password. ` +
      `Restore the Secret from a backup; or, to begin with an empty database, delete PersistentVolumeClaim ${databaseClaim} (its learner data is lost).`,
  );
}

function foreignness(ctx: TenantContext, live: Live<Secret>): StepResult | undefined {
  const { metadata } = live;
  const owners = metadata.ownerReferences ?? [];
  if (owners.some((owner) => owner.uid === ctx.object.metadata.uid)) return undefined;
  if (owners.some((owner) => owner.kind === LmsTenant.kind && owner.name === ctx.key.name))
    throw new BeingDeletedError(
      `Secret ${metadata.name} still belongs to a deleted LmsTenant of the same name; waiting until it is collected.`,
    );
  const ours =
    metadata.labels?.["app.kubernetes.io/managed-by"] === "provost" &&
    metadata.labels["app.kubernetes.io/instance"] === ctx.key.name;
  if (ours && owners.length === 0) return undefined;
  return stalled(
    "SecretNotOurs",
    `Secret ${metadata.name} exists and was not made by the operator: rename or delete it, or give the LmsTenant another name.`,
  );
}

/** Labels and owner as they should be; `undefined` when they are. */
function metadataPatch(
  ctx: TenantContext,
  wanted: GeneratedSecret,
  live: Live<Secret>,
): Record<string, unknown> | undefined {
  const wantedLabels = labels(ctx.key.name, wanted.component);
  const labelled = Object.entries(wantedLabels).every(
    ([name, value]) => live.metadata.labels?.[name] === value,
  );
  const owned = isOwnedBy(live, ctx.object.metadata.uid);
  if (labelled && owned === wanted.owned) return undefined;
  return {
    ...(!labelled && { labels: wantedLabels }),
    ...(owned !== wanted.owned && ownership(ctx, wanted, live)),
  };
}

function ownership(ctx: TenantContext, wanted: GeneratedSecret, live: Live<Secret> | undefined) {
  const { uid } = ctx.object.metadata;
  const others = (live?.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
  if (!wanted.owned) return live ? { ownerReferences: others } : {};
  return { ownerReferences: [...others, ownerReferenceTo({ type: LmsTenant, object: tenantMeta(ctx) })] };
}

function tenantMeta(ctx: TenantContext) {
  const { name, uid } = ctx.object.metadata;
  return { metadata: { name, uid } };
}

function valuesOf(wanted: GeneratedSecret, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.map((key) => [key, Buffer.from(wanted.values[key]?.() ?? "").toString("base64")]),
  );
}

function tellOfMissing(ctx: TenantContext, wanted: GeneratedSecret, missing: readonly string[]): void {
  const accounts = new Set(ctx.object.status?.accounts?.map((account) => account.name));
  // The key of a user who was added to the manifest is new, not lost.
  const lost = missing.filter(
    (key) => wanted.component !== "directory" || key.startsWith(".") || accounts.has(key),
  );
  const fresh = missing.filter((key) => !lost.includes(key));
  if (fresh.length > 0)
    ctx.events.normal(
      "PasswordsMade",
      `Made first passwords for ${fresh.join(", ")} (Secret ${wanted.name}).`,
    );
  if (lost.length > 0)
    ctx.events.warning(
      "SecretKeyRestored",
      `Secret ${wanted.name} had lost ${lost.join(", ")}; made anew. If the former value was in use, put it back.`,
    );
}
