// Whole objects behind a cache that keeps only outlines: those seen last stay in memory up to a limit, any other is read
// when somebody asks for it. What the cache knows decides whether a kept one is still good.
import type { CallOptions } from "../client/client.types.ts";
import type { KubeObject, Live, LiveMeta, ObjectKey } from "../client/object.ts";

/** Most bytes (of JSON) of whole objects kept per kind. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** Reads one object from the API server; `undefined` when there is none. */
export type ReadWhole<T extends KubeObject> = (
  key: ObjectKey,
  options?: CallOptions,
) => Promise<Live<T> | undefined>;

export interface WholeOptions<T extends KubeObject> {
  readonly read: ReadWhole<T>;
  /** Drops what nobody reads, as the cache does. */
  readonly trim?: (object: Live<T>) => Live<T>;
  /** Default 16 MiB. */
  readonly keptBytes?: number;
}

interface Kept<T extends KubeObject> {
  readonly object: Live<T>;
  readonly bytes: number;
}

export class WholeObjects<T extends KubeObject> {
  readonly #options: WholeOptions<T>;
  /** By uid, the one not asked for the longest time first. */
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(options: WholeOptions<T>) {
    this.#options = options;
  }

  /** Keeps an object that came by whole, in a watch event or the answer to a write. */
  see(seen: Live<T>): Live<T> {
    const { trim, keptBytes = KEPT_BYTES } = this.#options;
    const object = trim ? trim(seen) : seen;
    const { uid } = metaOf(object);
    this.forget(uid);
    const bytes = JSON.stringify(object).length;
    this.#kept.set(uid, { object, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= keptBytes) break;
      this.forget(oldest);
    }
    return object;
  }

  /**
   * The whole of an object.
   * @param known what the cache knows of it
   * @returns that version or a newer one; `undefined` when it is gone
   */
  async of(key: ObjectKey, known: Live<T>, options?: CallOptions): Promise<Live<T> | undefined> {
    const { uid, resourceVersion } = metaOf(known);
    const kept = this.#kept.get(uid);
    if (kept !== undefined && metaOf(kept.object).resourceVersion === resourceVersion) {
      this.#kept.delete(uid);
      this.#kept.set(uid, kept);
      return kept.object;
    }
    const object = await this.#options.read(key, options);
    if (object !== undefined) return this.see(object);
    this.forget(uid);
    return undefined;
  }

  /** The object is gone. */
  forget(uid: string): void {
    const kept = this.#kept.get(uid);
    if (kept === undefined) return;
    this.#kept.delete(uid);
    this.#bytes -= kept.bytes;
  }
}

function metaOf<T extends KubeObject>(object: Live<T>): LiveMeta {
  return (object as unknown as Live).metadata;
}
