// JSON text of stored objects, made once per object: writes, lists and watches share it.
import type { KubeObject } from "../cluster.ts";

const texts = new WeakMap<KubeObject, string>();

/** The JSON text of a stored (frozen) object. Lives as long as the object does. */
export const jsonOf = (object: KubeObject): string => {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
};

/** Freezes an object through and through; parts already frozen are taken as done. */
export const deepFreeze = <T>(value: T): T => {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
};
