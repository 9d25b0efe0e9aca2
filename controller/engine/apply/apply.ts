// Server-side apply of objects that belong to another object; writes only when something differs.
import type { Client } from "../client/client.types.ts";
import { isConflict } from "../client/errors.ts";
import {
  apiVersionOf,
  controllerOf,
  isDeleting,
  isOwnedBy,
  keyOf,
  keyString,
  type KubeObject,
  type Live,
  type OwnerReference,
  type ResourceType,
} from "../client/object.ts";
import type { Cache } from "../informer/cache.types.ts";
import type { AppliedObject, ApplyOwnedOptions } from "./apply.types.ts";
import { redeclared, withDigest } from "./declaration.ts";
import { differences, type FieldsV1 } from "./differences.ts";
import { ApplyConflictError, BeingDeletedError, conflictsOf, NotOwnedError } from "./errors.ts";

/** The object that owns. */
export interface Owner {
  readonly type: ResourceType;
  readonly object: {
    readonly metadata: { readonly name: string; readonly uid: string; readonly namespace?: string };
  };
}

/**
 * Server-side apply of an object owned by `owner`, written only when it differs from what is live: a declared field
 * has another value, or our manager owns a field that `desired` no longer declares.
 *
 * `live` is the cache of the type, or the object as read, or `undefined` (then it is read).
 * @throws ApplyConflictError when another manager owns a field we declare with another value (see `force`)
 * @throws NotOwnedError when the live object belongs to somebody else
 * @throws BeingDeletedError when the live object is being deleted, or was left behind by a deleted owner of the same name
 */
export async function applyOwned<T extends KubeObject>(
  client: Client,
  live: Cache<T> | Live<T> | undefined,
  type: ResourceType<T>,
  desired: T,
  owner: Owner,
  options: ApplyOwnedOptions = {},
): Promise<AppliedObject<T>> {
  const { force = false, adopt = false, ownerReference = true } = options;
  const { fieldManager } = client;
  const declared = withDigest(
    declaredObject(type, desired, ownerReference ? owner : undefined),
    fieldManager,
  );
  const what = `${type.kind} ${keyString(keyOf(desired))}`;
  const known = await findLive(client, live, type, desired);
  if (known === undefined) {
    await options.beforeCreate?.();
    const object = await write(client, type, declared, force, what);
    return { object, action: "created", differences: [], redeclared: true };
  }
  if (isDeleting(known))
    throw new BeingDeletedError(`${what}: being deleted; it is made anew when it is gone`);
  if (ownerReference) checkOwner(what, known as { metadata: Live["metadata"] }, owner, adopt);
  const differing = differences(
    declared,
    known,
    ownedFields(known as { metadata: Live["metadata"] }, fieldManager),
  );
  if (differing.length === 0)
    return { object: known, action: "unchanged", differences: [], redeclared: false };
  // With the uid, an apply cannot bring back an object that was deleted since we looked.
  const pinned = { ...declared, metadata: { ...declared.metadata, uid: known.metadata.uid } } as T;
  return {
    object: await write(client, type, pinned, force, what),
    action: "updated",
    differences: differing,
    redeclared: redeclared(declared, known as unknown as KubeObject, fieldManager),
  };
}

/** Our manager's fields of a live object; `undefined` when we never applied it. */
export function ownedFields(
  live: { readonly metadata: Live["metadata"] },
  fieldManager: string,
): FieldsV1 | undefined {
  const entry = live.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === fieldManager && candidate.operation === "Apply" && !candidate.subresource,
  );
  return entry?.fieldsV1 as FieldsV1 | undefined;
}

/** The owner reference that makes `owner` the controller of an object. */
export function ownerReferenceTo({ type, object }: Owner): OwnerReference {
  const { name, uid } = object.metadata;
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function declaredObject<T extends KubeObject>(
  type: ResourceType<T>,
  desired: T,
  owner: Owner | undefined,
): T {
  const declared = { ...withEncodedSecret(type, desired), apiVersion: apiVersionOf(type), kind: type.kind };
  if (owner === undefined) return declared;
  const others = (desired.metadata?.ownerReferences ?? []).filter(
    (reference) => reference.uid !== owner.object.metadata.uid,
  );
  return {
    ...declared,
    metadata: { ...desired.metadata, ownerReferences: [...others, ownerReferenceTo(owner)] },
  };
}

/** `stringData` is write-only: it never shows in the live object, so it could not be compared. */
function withEncodedSecret<T extends KubeObject>(type: ResourceType, desired: T): T {
  if (type.kind !== "Secret" || type.group !== "" || !("stringData" in desired)) return desired;
  const { stringData, data, ...rest } = desired as T & {
    stringData?: Record<string, string>;
    data?: Record<string, string>;
  };
  const encoded = Object.entries(stringData ?? {}).map(
    ([name, text]) => [name, Buffer.from(text).toString("base64")] as const,
  );
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } } as unknown as T;
}

async function findLive<T extends KubeObject>(
  client: Client,
  live: Cache<T> | Live<T> | undefined,
  type: ResourceType<T>,
  desired: T,
): Promise<Live<T> | undefined> {
  const key = keyOf(desired);
  if (live === undefined) return client.find(type, key);
  if ("metadata" in live) return live;
  const cached = await live.whole(key);
  // A cache with a selector does not know everything: an object without our label may still be in the way.
  const covered = live.namespace === undefined || live.namespace === key.namespace;
  if (cached !== undefined || (live.synced && live.complete && covered)) return cached;
  return client.find(type, key);
}

function checkOwner(
  what: string,
  live: { readonly metadata: Live["metadata"] },
  owner: Owner,
  adopt: boolean,
): void {
  const { uid, name } = owner.object.metadata;
  if (isOwnedBy(live, uid)) return;
  const other = controllerOf(live);
  if (other !== undefined) {
    // What a deleted predecessor of the same name left behind is on its way out, only not marked yet.
    if (other.kind === owner.type.kind && other.name === name)
      throw new BeingDeletedError(
        `${what}: still belongs to a deleted ${other.kind} of the same name; waiting until it is collected`,
      );
    throw new NotOwnedError(
      `${what}: belongs to ${other.kind} ${other.name}; give one of the two another name`,
    );
  }
  if (!adopt)
    throw new NotOwnedError(
      `${what}: exists, but ${owner.type.kind} ${name} did not make it; delete or rename it`,
    );
}

async function write<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  declared: T,
  force: boolean,
  what: string,
): Promise<Live<T>> {
  try {
    return await client.apply(type, declared, { force });
  } catch (error) {
    const conflicts = isConflict(error) ? conflictsOf(error) : [];
    if (isConflict(error) && conflicts.length > 0) throw new ApplyConflictError(what, conflicts, error);
    throw error;
  }
}
