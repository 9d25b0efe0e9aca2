// Which kinds the API server serves; remembered for a minute, so that a kind that appears later is noticed.
import { isNotFound } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { ResourceType } from "./object.ts";
import { groupPath } from "./paths.ts";

const TTL_MS = 60_000;

/** Discovery of one API server. */
export class Discovery {
  readonly #exchange: Exchange;
  readonly #known = new Map<string, { readonly at: number; readonly kinds: Promise<ReadonlySet<string>> }>();

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether the kind is served in this version. */
  async has(type: ResourceType): Promise<boolean> {
    const path = groupPath(type);
    const known = this.#known.get(path);
    const now = performance.now();
    if (known && now - known.at < TTL_MS) return (await known.kinds).has(type.plural);
    const kinds = this.#read(path);
    this.#known.set(path, { at: now, kinds });
    kinds.catch(() => this.#known.delete(path));
    return (await kinds).has(type.plural);
  }

  async #read(path: string): Promise<ReadonlySet<string>> {
    try {
      const answer = await this.#exchange.call({ method: "GET", path, idempotent: true, write: false });
      return new Set(
        (answer.json<{ resources?: { name: string }[] }>().resources ?? []).map((resource) => resource.name),
      );
    } catch (error) {
      if (isNotFound(error)) return new Set();
      throw error;
    }
  }
}
