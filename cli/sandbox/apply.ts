// Applies manifests to an API server as `kubectl apply` would, over HTTP, with strict field validation.
import { Agent, fetch, type RequestInit } from "undici";
import type { ManifestObject } from "./manifests.ts";

/** How long one answer may take: an apply is milliseconds, on a busy machine a second or two. */
const TIMEOUT_MS = 30_000;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** What the API server said to one object. */
export type Applied =
  | { readonly ok: true; readonly namespace: string | undefined; readonly changed: boolean }
  | { readonly ok: false; readonly message: string };

interface ApiResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** An answer of the API server, as far as it is read here. */
interface Answer {
  readonly ok: boolean;
  /** What to tell a person when it is not ok. */
  readonly message: string;
  readonly body: {
    readonly message?: string;
    readonly metadata?: { readonly resourceVersion?: string };
    readonly resources?: readonly ApiResource[];
  };
}

/** Sends objects to one API server. */
export class Applier {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;
  readonly #resources = new Map<string, readonly ApiResource[]>();

  constructor(server: { url: string; ca: string; token: string }, timeoutMs = TIMEOUT_MS) {
    this.#url = server.url;
    this.#timeoutMs = timeoutMs;
    this.#headers = { authorization: `Bearer ${server.token}` };
    this.#agent = new Agent({ connect: { ca: server.ca } });
  }

  /**
   * Server-side apply of one object under kubectl's field manager, so that a later `kubectl apply` of the same file,
   * client-side or server-side, goes on from here. What stands in the file wins over earlier edits.
   */
  async apply(object: ManifestObject): Promise<Applied> {
    const resource = await this.#resource(object);
    if (!resource)
      return {
        ok: false,
        message: `the cluster has no kind ${object.kind} in ${object.apiVersion}: correct apiVersion or kind`,
      };
    const namespace = resource.namespaced ? (object.metadata.namespace ?? "default") : undefined;
    const group = object.apiVersion.includes("/") ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`;
    const path = [
      group,
      ...(namespace ? ["namespaces", namespace] : []),
      resource.name,
      object.metadata.name,
    ].join("/");
    const body = withLastApplied(
      namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object,
    );
    const before = await this.#resourceVersion(path);
    const {
      ok,
      message,
      body: stored,
    } = await this.#ask(`${path}?fieldManager=kubectl&force=true&fieldValidation=Strict`, {
      method: "PATCH",
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify(body),
    });
    if (!ok) return { ok: false, message };
    return { ok: true, namespace, changed: stored.metadata?.resourceVersion !== before };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #resourceVersion(path: string): Promise<string | undefined> {
    return (await this.#ask(path)).body.metadata?.resourceVersion;
  }

  async #resource(object: ManifestObject): Promise<ApiResource | undefined> {
    const path = object.apiVersion.includes("/") ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`;
    let resources = this.#resources.get(path);
    if (!resources?.some((resource) => resource.kind === object.kind)) {
      const { body } = await this.#ask(path);
      resources = (body.resources ?? []).filter((resource) => !resource.name.includes("/"));
      this.#resources.set(path, resources);
    }
    return resources.find((resource) => resource.kind === object.kind);
  }

  /** One request and its answer; an answer that is no JSON (a proxy in between, a crash) is quoted, not parsed. */
  async #ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await fetch(`${this.#url}/${path}`, {
        ...init,
        headers: { ...this.#headers, ...(init.headers as Record<string, string> | undefined) },
        dispatcher: this.#agent,
        signal,
      });
      const text = await response.text();
      const body = objectIn(text);
      const { ok, status } = response;
      if (ok && body === undefined)
        return { ok: false, body: {}, message: `the API server answered no JSON: ${start(text)}` };
      return { ok, body: body ?? {}, message: body?.message ?? `HTTP ${status}: ${start(text)}` };
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(
        `the API server at ${this.#url} did not answer within ${this.#timeoutMs / 1000} s (${path.split("?")[0]})`,
        { cause: error },
      );
    }
  }
}

function objectIn(text: string): Answer["body"] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of a text, short enough for a message. */
const start = (text: string): string => text.trim().split("\n", 1)[0]?.slice(0, 200) || "(nothing)";

/** kubectl's client-side apply finds out from this annotation which fields a file no longer has. */
function withLastApplied(object: ManifestObject): ManifestObject {
  const { annotations, ...metadata } = object.metadata;
  const { [LAST_APPLIED]: _, ...others } = annotations ?? {};
  const plain = { ...object, metadata: { annotations: others, ...metadata } };
  const source = `${JSON.stringify(plain)}\n`;
  // An annotation may not be larger than 256 KiB in all; kubectl itself needs --server-side for such objects.
  if (Buffer.byteLength(source) > 250_000) return object;
  return { ...object, metadata: { ...metadata, annotations: { ...others, [LAST_APPLIED]: source } } };
}
