// Bare HTTP to the API server on one keep-alive pool: the floor, and the bench's own hands and eyes. As quick as it gets,
// so that what is compared with it is compared with the API server and not with a client.
import { Pool } from "undici";
import { loadAccess } from "../../../controller/engine/index.ts";

export interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
    readonly data?: { readonly text?: string };
    readonly spec?: { readonly text?: string };
  };
}

export interface Api {
  /** Sends and reads JSON; throws on every status of 400 and above. */
  send<T = unknown>(
    method: "GET" | "PATCH" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<T>;
  /** Tells every event from `version` on until `signal` aborts. */
  watch(
    path: string,
    version: string,
    signal: AbortSignal,
    onEvent: (event: WatchEvent) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

export const APPLY = "application/apply-patch+yaml";
export const MERGE = "application/merge-patch+json";

export async function connect(kubeconfig: string, agent: string, connections: number): Promise<Api> {
  const access = await loadAccess({ kubeconfig });
  const { origin } = new URL(access.server);
  const pool = new Pool(origin, { connections, pipelining: 1, connect: { ...(await access.tls()) } });
  const headers = { ...(await access.headers()), accept: "application/json", "user-agent": agent };
  const watches = new Pool(origin, { pipelining: 1, connect: { ...(await access.tls()) } });
  return {
    async send(method, path, body, type = "application/json") {
      const answer = await pool.request({
        method,
        path,
        headers: body === undefined ? headers : { ...headers, "content-type": type },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 400)
        throw new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`);
      return JSON.parse(text) as never;
    },
    async watch(path, version, signal, onEvent) {
      const answer = await watches.request({
        method: "GET",
        path: `${path}${path.includes("?") ? "&" : "?"}watch=true&resourceVersion=${version}`,
        headers,
        signal,
        bodyTimeout: 0,
      });
      void (async () => {
        let rest = "";
        for await (const chunk of answer.body.setEncoding("utf8")) {
          const lines = (rest + String(chunk)).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) if (line !== "") onEvent(JSON.parse(line) as WatchEvent);
        }
      })().catch((error: unknown) => {
        // Without its eyes the bench would wait for ever.
        if (!signal.aborted) throw error;
      });
    },
    async close() {
      await Promise.all([pool.destroy(), watches.destroy()]);
    },
  };
}
