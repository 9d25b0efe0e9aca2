// Data of Secrets and ConfigMaps. The caches hold only their metadata: a cluster may have thousands that are none of our
// business. What is named by an object of ours is read when it is needed, and again when its version has changed.
import type { Cache, Client, ConfigMap, Live, ObjectKey, Secret } from "./engine/index.ts";

/** Most bytes of data kept for the next look. */
const KEPT_BYTES = 16 * 1024 * 1024;

type Holder = Secret | ConfigMap;

interface Kept<T extends Holder> {
  readonly version: string;
  readonly object: Live<T>;
  readonly bytes: number;
}

/** Reads whole objects behind a metadata-only cache. One per kind and process. */
export class References<T extends Holder> {
  readonly #keptBytes: number;
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(keptBytes = KEPT_BYTES) {
    this.#keptBytes = keptBytes;
  }

  /** The object with its data, or `undefined` when it does not exist. */
  async read(client: Client, cache: Cache<T>, key: ObjectKey): Promise<Live<T> | undefined> {
    const known = cache.get(key);
    const id = `${key.namespace}/${key.name}`;
    if (known === undefined) {
      this.#forget(id);
      return undefined;
    }
    const { uid, resourceVersion } = metaOf(known);
    const kept = this.#kept.get(id);
    if (kept?.version === `${uid}/${resourceVersion}`) return kept.object;
    const object = await client.find(cache.type, key);
    if (object === undefined) this.#forget(id);
    else this.#keep(id, object);
    return object;
  }

  #keep(id: string, object: Live<T>): void {
    this.#forget(id);
    const { uid, resourceVersion } = metaOf(object);
    const bytes = sizeOf(object);
    this.#kept.set(id, { version: `${uid}/${resourceVersion}`, object, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#keptBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#bytes -= this.#kept.get(id)?.bytes ?? 0;
    this.#kept.delete(id);
  }
}

function metaOf<T extends Holder>(object: Live<T>): Live["metadata"] {
  return (object as unknown as Live).metadata;
}

function sizeOf<T extends Holder>(object: Live<T>): number {
  const { data = {}, binaryData = {} } = object as unknown as ConfigMap;
  return [...Object.values(data), ...Object.values(binaryData)].reduce(
    (bytes, value) => bytes + value.length,
    512,
  );
}
