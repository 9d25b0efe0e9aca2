// What every reconcile of ours is given beside the engine's context.
import {
  type ConfigMap as ConfigMapObject,
  ConfigMap,
  isDeleting,
  type KubeObject,
  type Live,
  Namespace,
  type ObjectKey,
  type ReconcileContext,
  type Secret as SecretObject,
  Secret,
} from "./engine/index.ts";
import type { LmsConnections } from "./lms/connections.ts";
import type { Settings } from "./settings.ts";

/** Shared by all reconciles of one operator process. */
export interface Environment {
  readonly settings: Settings;
  readonly connections: LmsConnections;
}

/** Makes the environment of one process. */
export function createEnvironment(settings: Settings, connections: LmsConnections): Environment {
  return { settings, connections };
}

/** A context of ours. */
export type Context<T extends KubeObject> = ReconcileContext<T> & { readonly env: Environment };

/** The caches hold only metadata of Secrets and ConfigMaps: what is named by an object of ours is read when needed. */
type Reader = Pick<ReconcileContext, "signal" | "cache">;

/** A Secret with its data; `undefined` when there is none. */
export function readSecret(ctx: Reader, key: ObjectKey): Promise<Live<SecretObject> | undefined> {
  return ctx.cache(Secret).whole(key, { signal: ctx.signal });
}

/** A ConfigMap with its data; `undefined` when there is none. */
export function readConfigMap(ctx: Reader, key: ObjectKey): Promise<Live<ConfigMapObject> | undefined> {
  return ctx.cache(ConfigMap).whole(key, { signal: ctx.signal });
}

/** The text of a Secret's key; `undefined` when the key is missing or empty. */
export function secretText(
  secret: { readonly data?: Readonly<Record<string, string>> } | undefined,
  key: string,
): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined || value === "" ? undefined : Buffer.from(value, "base64").toString("utf8");
}

/** Whether an object's namespace is being emptied: nothing can be made in it any more, and all that is in it goes. */
export function namespaceIsGoing(ctx: Pick<Context<KubeObject>, "cache" | "env" | "key">): boolean {
  // Not cached when the operator serves a single namespace.
  if (ctx.env.settings.singleNamespace) return false;
  const namespace = ctx.cache(Namespace).get({ namespace: "", name: ctx.key.namespace });
  return namespace !== undefined && isDeleting(namespace);
}
