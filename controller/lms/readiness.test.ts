// A replica that is not ready says why; whatever else comes back is no answer.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, type ServiceFetch, TransportError } from "../engine/index.ts";
import { unreadiness } from "./readiness.ts";

let server: Server;
let answer: { status: number; body: string };
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === "/readyz" ? answer.status : 404;
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

const ask: ServiceFetch = async (path) => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
  const text = await response.text();
  return {
    status: response.status,
    headers: {},
    body: Buffer.from(text),
    text: () => text,
    json: <T>() => JSON.parse(text) as T,
  };
};
const { signal } = new AbortController();

test.each([
  [503, '{"code":"NotReady","detail":"waiting for the database: x"}', "waiting for the database: x"],
  [503, '{"code":"Internal","detail":"x"}', undefined],
  [503, "<html>a proxy's page</html>", undefined],
  [200, "ready\n", undefined],
])("%i %s: %s", async (status, body, said) => {
  answer = { status, body };
  expect(await unreadiness(ask, signal)).toBe(said);
});

test.each([
  new TransportError("connection refused"),
  new ApiError({ status: 403, reason: "Forbidden", message: "services/proxy" }),
])("%s: nothing is known, and nothing breaks", async (error) => {
  expect(await unreadiness(() => Promise.reject(error), signal)).toBeUndefined();
});
