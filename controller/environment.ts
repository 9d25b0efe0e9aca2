// What every reconcile of ours is given beside the engine's context.
import {
  type ConfigMap as ConfigMapObject,
  ConfigMap,
  type KubeObject,
  type Live,
  type ObjectKey,
  type ReconcileContext,
  type Secret as SecretObject,
  Secret,
} from "./engine/index.ts";
import type { LmsConnections } from "./lms/connections.ts";
import { References } from "./references.ts";
import type { Settings } from "./settings.ts";

/** Shared by all reconciles of one operator process. */
export interface Environment {
  readonly settings: Settings;
  readonly connections: LmsConnections;
  readonly secrets: References<SecretObject>;
  readonly configMaps: References<ConfigMapObject>;
}

/** Makes the environment of one process. */
export function createEnvironment(settings: Settings, connections: LmsConnections): Environment {
  return { settings, connections, secrets: new References(), configMaps: new References() };
}

/** A context of ours. */
export type Context<T extends KubeObject> = ReconcileContext<T> & { readonly env: Environment };

type Reader = Pick<ReconcileContext, "client" | "cache"> & { readonly env: Environment };

/** A Secret with its data; `undefined` when there is none. */
export function readSecret(ctx: Reader, key: ObjectKey): Promise<Live<SecretObject> | undefined> {
  return ctx.env.secrets.read(ctx.client, ctx.cache(Secret), key);
}

/** A ConfigMap with its data; `undefined` when there is none. */
export function readConfigMap(ctx: Reader, key: ObjectKey): Promise<Live<ConfigMapObject> | undefined> {
  return ctx.env.configMaps.read(ctx.client, ctx.cache(ConfigMap), key);
}

/** The text of a Secret's key; `undefined` when the key is missing or empty. */
export function secretText(
  secret: { readonly data?: Readonly<Record<string, string>> } | undefined,
  key: string,
): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined || value === "" ? undefined : Buffer.from(value, "base64").toString("utf8");
}
