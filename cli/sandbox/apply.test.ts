// What the applier makes of answers that are not what it hoped for: a real HTTP server gives them.
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Applier } from "./apply.ts";

const OBJECT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
const RESOURCES = { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] };

let server: Server;
let applier: Applier;

async function serve(listener: RequestListener, timeoutMs?: number): Promise<void> {
  server = createServer((request, response) => {
    if (request.url === "/api/v1") response.end(JSON.stringify(RESOURCES));
    else listener(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  applier = new Applier({ url: `http://127.0.0.1:${port}`, ca: "", token: "t" }, timeoutMs);
}

afterEach(async () => {
  await applier.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("an answer that is no JSON is quoted with its status", async () => {
  await serve((_request, response) =>
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>\nmore"),
  );
  expect(await applier.apply(OBJECT)).toEqual({ ok: false, message: "HTTP 502: <h1>Bad Gateway</h1>" });
});

test("an empty success is no success", async () => {
  await serve((_request, response) => response.writeHead(200).end());
  expect(await applier.apply(OBJECT)).toEqual({
    ok: false,
    message: "the API server answered no JSON: (nothing)",
  });
});

test("a server that never answers is given up, and the message says which", async () => {
  await serve(() => undefined, 200);
  await expect(applier.apply(OBJECT)).rejects.toThrow(
    /API server at http:\S+ did not answer within 0\.2 s \(api\/v1\/namespaces\/default\/configmaps\/a\)/,
  );
});
