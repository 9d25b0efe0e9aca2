// /livez, /readyz and /metrics, asked over HTTP.
import Gauge from "prom-client/lib/gauge.js";
import Registry from "prom-client/lib/registry.js";
import { afterEach, describe, expect, test } from "vitest";
import { type HealthServer, serveHealth } from "./server.ts";

const opened: HealthServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function serve(checks: Record<string, () => void | Promise<void>> = {}, registry = new Registry()) {
  const server = await serveHealth({
    port: 0,
    host: "127.0.0.1",
    registry,
    ready: () => new Map(Object.entries(checks)),
  });
  opened.push(server);
  return async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
  };
}

describe("readiness", () => {
  test("is told, check by check", async () => {
    const get = await serve({ caches: () => undefined, database: async () => undefined });
    expect(await get("/readyz")).toMatchObject({ status: 200, text: "[+] caches ok\n[+] database ok\n" });
  });

  test("is refused with the reason of every check that fails, by throwing or by rejecting", async () => {
    const get = await serve({
      caches: () => {
        throw new Error("waiting for the first list of pods");
      },
      fine: () => undefined,
      database: () => Promise.reject(new Error("no answer")),
    });
    expect(await get("/readyz?verbose")).toMatchObject({
      status: 503,
      text: "[-] caches: waiting for the first list of pods\n[+] fine ok\n[-] database: no answer\n",
    });
  });
});

test("life does not depend on readiness", async () => {
  const get = await serve({ never: () => Promise.reject(new Error("no")) });
  for (const path of ["/livez", "/healthz"])
    expect(await get(path)).toMatchObject({ status: 200, text: "ok\n" });
});

test("metrics are in the text format of Prometheus", async () => {
  const registry = new Registry();
  new Gauge({ name: "widgets", help: "Widgets.", registers: [registry] }).set(3);
  const get = await serve({}, registry);
  const { status, text, type } = await get("/metrics");
  expect(status).toBe(200);
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain("\nwidgets 3\n");
});

test("a metric that cannot be read is an error of that request, and the server lives on", async () => {
  const registry = new Registry();
  new Gauge({
    name: "broken",
    help: "Broken.",
    registers: [registry],
    collect: () => Promise.reject(new Error("cannot read it")),
  });
  const get = await serve({}, registry);
  expect(await get("/metrics")).toMatchObject({ status: 500, text: "cannot read it" });
  expect((await get("/livez")).status).toBe(200);
});

test("anything else is not found, and says what is", async () => {
  expect(await (await serve())("/")).toMatchObject({ status: 404, text: expect.stringContaining("/readyz") });
});

test("a taken port is an error at the start", async () => {
  await serve();
  const { port } = opened[0] as HealthServer;
  const again = serveHealth({ port, host: "127.0.0.1", registry: new Registry(), ready: () => new Map() });
  await expect(again).rejects.toThrow(/EADDRINUSE/);
});
