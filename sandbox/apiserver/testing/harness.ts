// A running API server for tests, and a plain HTTPS client that knows nothing but the protocol.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { Agent, request } from "undici";
import type { KubeObject } from "../../cluster.ts";
import { startApiServer, type ApiServer } from "../index.ts";
import type { Status } from "../status.ts";

/** An answer: the status code, the headers, the body as text and as whatever object it holds. */
export interface Reply {
  readonly code: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  readonly object: KubeObject & { items: KubeObject[]; rows: { cells: unknown[]; object: KubeObject }[] };
  readonly status: Status;
}

export interface Line {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

export type Body = object | string | undefined;

/** A watch under way. */
export interface WatchClient {
  readonly code: number;
  readonly lines: Line[];
  /** True once the server has ended the stream. */
  readonly ended: () => boolean;
  close(): void;
}

/** Waits until `look` gives something true; fails after half a minute. */
export const until = async <T>(look: () => T | Promise<T>, what = "the condition"): Promise<T> => {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(10);
  }
};

/** A server in a folder of its own, which can be stopped and started again. */
export class Harness {
  readonly folder = mkdtempSync(join(tmpdir(), "apiserver-"));
  api!: ApiServer;
  #agent!: Agent;
  readonly #watches = new Set<AbortController>();

  async start(port?: number): Promise<this> {
    this.api = await startApiServer({
      dataDir: this.folder,
      log: pino({ level: "silent" }),
      ...(port !== undefined && { port }),
    });
    this.#agent = new Agent({ connect: { ca: this.api.ca } });
    return this;
  }

  /** Stops the server; the folder stays. */
  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.abort();
    await this.api.stop();
    await this.#agent.destroy();
  }

  /** Stops the server and removes the folder. */
  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async call(
    method: string,
    path: string,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const answer = await request(this.api.url + path, {
      method: method as "GET",
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${this.api.token}`,
        "user-agent": "test/1.0",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await answer.body.text();
    let object: unknown;
    try {
      object = JSON.parse(text);
    } catch {
      object = undefined;
    }
    return {
      code: answer.statusCode,
      headers: answer.headers,
      text,
      object: object as Reply["object"],
      status: object as Status,
    };
  }

  get(path: string, headers?: Record<string, string>): Promise<Reply> {
    return this.call("GET", path, undefined, headers);
  }

  /** As `call`, but a refusal fails the test at once. */
  async done(method: string, path: string, body?: Body, headers?: Record<string, string>): Promise<Reply> {
    const reply = await this.call(method, path, body, headers);
    if (reply.code >= 400) throw new Error(`${method} ${path}: ${reply.code} ${reply.text}`);
    return reply;
  }

  apply(path: string, object: object, manager: string, more = ""): Promise<Reply> {
    return this.call("PATCH", `${path}?fieldManager=${manager}${more}`, object, {
      "content-type": "application/apply-patch+yaml",
    });
  }

  merge(path: string, patch: object): Promise<Reply> {
    return this.call("PATCH", path, patch, { "content-type": "application/merge-patch+json" });
  }

  /** Writes until the history has forgotten what happened before this call. */
  forgetHistory(): void {
    const { cluster } = this.api;
    const ref = { group: "", version: "v1", resource: "configmaps" };
    const metadata = { name: "filler", namespace: "kube-system" };
    let object = cluster.create(ref, { apiVersion: "v1", kind: "ConfigMap", metadata });
    // Beyond the 32 MiB of text that the store keeps to undo changes.
    for (let i = 0; i < 50; i++)
      object = cluster.update(ref, { ...object, data: { fill: String(10 + i).repeat(480_000) } });
    cluster.delete(ref, "kube-system", "filler");
  }

  /** Opens a watch; events arrive in `lines`. */
  async watch(path: string, headers: Record<string, string> = {}): Promise<WatchClient> {
    const abort = new AbortController();
    this.#watches.add(abort);
    const answer = await request(this.api.url + path, {
      dispatcher: this.#agent,
      signal: abort.signal,
      headers: { authorization: `Bearer ${this.api.token}`, ...headers },
    });
    const lines: Line[] = [];
    let ended = false;
    const read = async (): Promise<void> => {
      let rest = "";
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        rest += chunk.toString("utf8");
        const parts = rest.split("\n");
        rest = parts.pop() ?? "";
        for (const part of parts) lines.push(JSON.parse(part) as Line);
      }
      ended = true;
    };
    read().catch(() => undefined);
    return { code: answer.statusCode, lines, ended: () => ended, close: () => abort.abort() };
  }
}

/** The collection path of a core kind in a namespace. */
export const core = (plural: string, name = "", namespace = "default"): string =>
  `/api/v1/namespaces/${namespace}/${plural}${name === "" ? "" : `/${name}`}`;

export const configMap = (
  name: string,
  data: Record<string, string> = {},
  metadata: object = {},
): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data });

/** A custom kind with one of everything the tests look at. */
export const widgetCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.test" },
  spec: {
    group: "example.test",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget", shortNames: ["wd"], categories: ["all"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" },
        },
        selectableFields: [{ jsonPath: ".spec.colour" }],
        additionalPrinterColumns: [
          { name: "Colour", type: "string", jsonPath: ".spec.colour" },
          { name: "Size", type: "integer", jsonPath: ".spec.size", priority: 1 },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "A thing with a colour.",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                description: "What the widget should be.",
                "x-kubernetes-validations": [
                  {
                    rule: "!(self.colour == 'red' && self.size > 5)",
                    message: "red widgets are small: choose a size up to 5",
                  },
                  {
                    rule: "self.colour == oldSelf.colour",
                    message: "colour is immutable",
                    fieldPath: ".colour",
                  },
                ],
                required: ["colour"],
                properties: {
                  colour: {
                    type: "string",
                    description: "Its colour.",
                    enum: ["red", "green", "blue"],
                  },
                  size: { type: "integer", default: 1, minimum: 0, maximum: 100 },
                },
              },
              status: {
                type: "object",
                properties: { size: { type: "integer" }, word: { type: "string" } },
              },
            },
          },
        },
      },
    ],
  },
};

export const widgets = (name = "", namespace = "default"): string =>
  `/apis/example.test/v1/namespaces/${namespace}/widgets${name === "" ? "" : `/${name}`}`;

export const widget = (
  name: string,
  spec: object = { colour: "green" },
  metadata: object = {},
): KubeObject => ({
  apiVersion: "example.test/v1",
  kind: "Widget",
  metadata: { name, ...metadata },
  spec,
});

/** Creates the widget kind and waits until it is served. */
export const serveWidgets = async (harness: Harness): Promise<void> => {
  await harness.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", widgetCrd);
  await until(async () => (await harness.get(widgets())).code === 200, "widgets to be served");
};
