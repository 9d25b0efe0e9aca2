// A real S3 server for tests, behind a proxy that can break any one of its answers. Not for production.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { generate } from "selfsigned";

/**
 * `reset`: the connection ends before the request reaches the server. `lost`: the server does it, its answer never
 * arrives. `cut`: half of the answer's body arrives. `stall`: no answer, and the connection stays. A number: that status,
 * with its S3 code.
 */
export type Fault = "reset" | "lost" | "cut" | "stall" | "delay" | 403 | 500 | 503 | 507;

const CODES = { 403: "AccessDenied", 500: "InternalError", 503: "SlowDown", 507: "InsufficientStorage" };

export interface S3Request {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
}

export interface TestS3 {
  readonly endpoint: string;
  /** PEM. */
  readonly certificate: string;
  /** Variables that give access to the one bucket, `backups`. */
  readonly env: Readonly<Record<string, string>>;
  /** What came in since `plan` was called last. */
  readonly requests: readonly S3Request[];
  /** From now on, asked for each request, counted from 0. */
  plan(fault?: (number: number, request: S3Request) => Fault | undefined): void;
  close(): Promise<void>;
}

/** With `tls`, it has a certificate of its own, for localhost. */
export async function startS3({ tls = false } = {}): Promise<TestS3> {
  const directory = await mkdtemp(path.join(tmpdir(), "provost-s3-"));
  const script = path.join(import.meta.dirname, "testing-s3-server.ts");
  const server = fork(script, [directory], { execArgv: ["--openssl-legacy-provider"] });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("message", (message) => resolve(Number(message)));
    server.once("exit", (code) => reject(new Error(`the S3 server ended with ${code}`)));
  });
  const agent = new http.Agent({ keepAlive: true });
  let requests: S3Request[] = [];
  let plan: (number: number, request: S3Request) => Fault | undefined = () => undefined;

  const onRequest = (incoming: http.IncomingMessage, outgoing: http.ServerResponse): void => {
    const request = { method: incoming.method ?? "", url: incoming.url ?? "" };
    requests.push(request);
    const fault = plan(requests.length - 1, request);
    // Connections that are broken on purpose, on either side.
    incoming.on("error", () => {});
    outgoing.on("error", () => {});
    if (typeof fault === "number") return refuse(incoming, outgoing, fault);
    if (fault === "stall") return;
    if (fault === "reset") {
      incoming.once("readable", () => incoming.socket.resetAndDestroy());
      return;
    }
    void (async () => {
      if (fault === "delay") await sleep(200);
      const { method, headers, url } = incoming;
      const forward = http.request({ host: "127.0.0.1", port, method, headers, path: url, agent });
      forward.on("error", () => incoming.socket.destroy());
      outgoing.once("close", () => forward.destroy());
      forward.once("response", (answer) => {
        if (fault === undefined || fault === "delay") {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        } else void breakOff(answer, outgoing, fault);
      });
      incoming.pipe(forward);
    })();
  };

  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  const proxy = tls ? https.createServer({ cert, key }, onRequest) : http.createServer(onRequest);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `${tls ? "https" : "http"}://localhost:${(proxy.address() as AddressInfo).port}`,
    certificate: cert,
    env: { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" },
    get requests() {
      return requests;
    },
    plan(fault = () => undefined) {
      plan = fault;
      requests = [];
    },
    async close() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      agent.destroy();
      const ended = once(server, "exit");
      server.disconnect();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function refuse(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  status: keyof typeof CODES,
): void {
  incoming.resume().once("end", () => {
    outgoing.writeHead(status, { "content-type": "application/xml" });
    outgoing.end(
      `<?xml version="1.0"?><Error><Code>${CODES[status]}</Code><Message>broken on purpose</Message></Error>`,
    );
  });
}

async function breakOff(
  answer: http.IncomingMessage,
  outgoing: http.ServerResponse,
  fault: "lost" | "cut",
): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
  const socket = outgoing.socket;
  if (fault === "lost") return void socket?.destroy();
  outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, "content-length": body.length });
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => socket?.destroy());
}

/** As a file would come: in pieces that end anywhere. */
export function pieces(bytes: Buffer, size = 100_003): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
  );
}
