// Applies manifests to an API server as `kubectl apply` would, over HTTP, with strict field validation.
import { Agent, fetch } from "undici";
import type { ManifestObject } from "./manifests.ts";

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

/** Sends objects to one API server. */
export class Applier {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;
  readonly #resources = new Map<string, readonly ApiResource[]>();

  constructor(server: { url: string; ca: string; token: string }) {
    this.#url = server.url;
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
    const response = await fetch(
      `${this.#url}/${path}?fieldManager=kubectl&force=true&fieldValidation=Strict`,
      {
        method: "PATCH",
        headers: { ...this.#headers, "content-type": "application/apply-patch+yaml" },
        body: JSON.stringify(body),
        dispatcher: this.#agent,
      },
    );
    const answer = (await response.json()) as { message?: string; metadata?: { resourceVersion?: string } };
    if (!response.ok) return { ok: false, message: answer.message ?? `HTTP ${response.status}` };
    return { ok: true, namespace, changed: answer.metadata?.resourceVersion !== before };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #resourceVersion(path: string): Promise<string | undefined> {
    const response = await fetch(`${this.#url}/${path}`, { headers: this.#headers, dispatcher: this.#agent });
    const answer = (await response.json()) as { metadata?: { resourceVersion?: string } };
    return response.ok ? answer.metadata?.resourceVersion : undefined;
  }

  async #resource(object: ManifestObject): Promise<ApiResource | undefined> {
    const path = object.apiVersion.includes("/") ? `apis/${object.apiVersion}` : `api/${object.apiVersion}`;
    let resources = this.#resources.get(path);
    if (!resources?.some((resource) => resource.kind === object.kind)) {
      const response = await fetch(`${this.#url}/${path}`, {
        headers: this.#headers,
        dispatcher: this.#agent,
      });
      const answer = (await response.json()) as { resources?: ApiResource[] };
      resources = (answer.resources ?? []).filter((resource) => !resource.name.includes("/"));
      this.#resources.set(path, resources);
    }
    return resources.find((resource) => resource.kind === object.kind);
  }
}

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
