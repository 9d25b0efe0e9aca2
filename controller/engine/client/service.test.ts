// Reaching a Service: both routes look alike, and the service's own words are answers, never errors.
import { describe, expect, test } from "vitest";
import { ApiError, NotLeaderError, TransportError } from "./errors.ts";
import { serviceFetch } from "./service.ts";
import { rawResponse } from "./transport.ts";

function proxied(status: number, body: unknown, signal?: AbortSignal) {
  const calls: { method: string; path: string; body?: unknown }[] = [];
  const fetch = serviceFetch({
    inCluster: false,
    namespace: "ns",
    target: { service: "web" },
    port: "http",
    signal,
    gate: () => undefined,
    send: async (call) => {
      calls.push(call);
      return rawResponse(status, {}, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
    },
  });
  return { fetch, calls };
}
const status = (code: number, reason: string, message: string) => ({ kind: "Status", code, reason, message });

describe("through the API server's proxy", () => {
  test("a request goes to the named port, with its query, and is a GET by default", async () => {
    const { fetch, calls } = proxied(200, "hello");
    expect((await fetch("/admin/site?dryRun=true")).text()).toBe("hello");
    expect(calls).toMatchObject([
      { method: "GET", path: "/api/v1/namespaces/ns/services/web:http/proxy/admin/site?dryRun=true" },
    ]);
  });

  test.each([200, 302, 401, 403, 404, 409, 422, 500, 502, 503])(
    "an answer %i of the service is an answer",
    async (code) => {
      const { fetch } = proxied(code, { code: "E_OWN", kind: "Problem" });
      expect((await fetch("/")).status).toBe(code);
    },
  );

  test.each([
    ["no endpoint", 503, "ServiceUnavailable"],
    ["no such service", 404, "NotFound"],
    ["a service that hangs up", 502, "BadGateway"],
  ])("%s is unreachable, as it is from inside the cluster", async (_what, code, reason) => {
    const { fetch } = proxied(code, status(code, reason, "cannot reach web"));
    const error: unknown = await fetch("/").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransportError);
    expect((error as Error).message).toBe("service ns/web:http: cannot reach web");
    expect((error as Error).cause).toMatchObject({ status: code, reason });
  });

  test.each([401, 403])("a %i of the API server itself says that we may not", async (code) => {
    const { fetch } = proxied(code, status(code, "Forbidden", "may not proxy"));
    await expect(fetch("/")).rejects.toThrow(ApiError);
  });

  test("an Authorization header, however spelled, is refused before anything is sent", async () => {
    const { fetch, calls } = proxied(200, "");
    await expect(fetch("/", { headers: { AUTHORIZATION: "Bearer x" } })).rejects.toThrow(/header of its own/);
    expect(calls).toEqual([]);
  });
});

describe("inside the cluster", () => {
  const asked: string[] = [];
  const fetch = serviceFetch({
    inCluster: true,
    namespace: "ns",
    target: { service: "nowhere" },
    port: 8080,
    signal: undefined,
    gate: (method, path) => {
      asked.push(`${method} ${path}`);
      if (method === "PUT") throw new NotLeaderError("refused");
    },
    send: () => Promise.reject(new Error("not through the API server")),
  });

  test("the service is asked by its own name, and one that is not there is unreachable", async () => {
    const error: unknown = await fetch("/admin").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransportError);
    expect(String((error as Error).cause)).toContain("nowhere.ns.svc");
  });

  test("a write is asked for leave before anything is sent", async () => {
    await expect(fetch("/admin/site", { method: "PUT" })).rejects.toThrow(NotLeaderError);
    expect(asked.at(-1)).toBe("PUT /admin/site");
  });

  test("a request that was aborted is not sent", async () => {
    const reason = new Error("no longer wanted");
    await expect(fetch("/", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test("a path without its slash is a mistake of the caller", async () => {
  await expect(proxied(200, "").fetch("admin")).rejects.toThrow(/must begin with "\/", got "admin"/);
});
