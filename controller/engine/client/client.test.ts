import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../testing/eventually.ts";
import { json, status, TinyApi } from "../testing/tiny-api.ts";
import { HttpClient } from "./client.ts";
import type { Client } from "./client.types.ts";
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isNotFound,
  NotLeaderError,
  TransportError,
} from "./errors.ts";
import { type ClientOptions, Exchange } from "./exchange.ts";
import { ConfigMap, PodDisruptionBudget } from "./kinds.ts";

const AT = "/api/v1/namespaces/default/configmaps";
const key = { namespace: "default", name: "a" };
let api: TinyApi;
const opened: Exchange[] = [];

beforeEach(async () => {
  api = await TinyApi.start();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((exchange) => exchange.close()));
  await api.stop();
});

function connect(more: Partial<ClientOptions> = {}): Client {
  const exchange = new Exchange({ access: api.access, fieldManager: "me", ...more });
  opened.push(exchange);
  return new HttpClient(exchange);
}

describe("connections", () => {
  test("a thousand calls share at most the pool's connections", async () => {
    api.put(`${AT}/a`);
    const client = connect({ maxConnections: 4 });
    await Promise.all(Array.from({ length: 1_000 }, () => client.get(ConfigMap, key)));
    expect(api.count("GET")).toBe(1_000);
    expect(api.connections).toBeLessThanOrEqual(4);
  });

  test("a server that never answers is given up after the timeout", async () => {
    api.intercept = () => true;
    const client = connect();
    await expect(client.create(ConfigMap, { metadata: key }, { timeoutMs: 100 })).rejects.toThrow(
      TransportError,
    );
  });

  test("an aborted call ends at once and frees its connection", async () => {
    api.intercept = () => true;
    const abort = new AbortController();
    const client = connect({ maxConnections: 1 });
    const call = client.get(ConfigMap, key, { signal: abort.signal });
    await eventually(() => api.requests.length).toBe(1);
    abort.abort(new Error("no longer wanted"));
    await expect(call).rejects.toThrow("no longer wanted");
    api.intercept = undefined;
    api.put(`${AT}/a`);
    await client.get(ConfigMap, key);
  });
});

describe("errors", () => {
  test("say what the server said, by status and reason", async () => {
    const client = connect();
    await expect(client.get(ConfigMap, key)).rejects.toSatisfy(isNotFound);
    expect(await client.find(ConfigMap, key)).toBeUndefined();
    await client.create(ConfigMap, { metadata: key });
    await expect(client.create(ConfigMap, { metadata: key })).rejects.toSatisfy(isAlreadyExists);
    const object = await client.get(ConfigMap, key);
    api.put(`${AT}/a`);
    await expect(client.patchStatus(ConfigMap, object, {})).rejects.toSatisfy(isConflict);
  });

  test("hold neither headers, tokens nor request bodies", async () => {
    const client = connect();
    api.intercept = (_request, response) => {
      status(response, 403, "Forbidden", "you may not", { "x-secret": "header-secret" });
      return true;
    };
    const error: unknown = await client
      .create(ConfigMap, { metadata: key, data: { password: "hunter2" } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    const told = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`;
    expect(told).toContain("you may not");
    expect(told).not.toMatch(/top-secret-token|header-secret|hunter2/);
  });

  test("that are no Kubernetes Status (a proxy in between) still name the status", async () => {
    const client = connect();
    api.intercept = (_request, response) => {
      response.writeHead(502).end("<html>bad gateway</html>");
      return true;
    };
    await expect(client.get(ConfigMap, key)).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining("bad gateway"),
    });
  });
});

describe("retries", () => {
  function failTimes(
    times: number,
    fail: Parameters<typeof status>[0] extends infer R ? (response: R) => void : never,
  ): void {
    let left = times;
    api.intercept = (_request, response) => {
      if (left-- <= 0) return false;
      fail(response);
      return true;
    };
  }

  test("429 and 503 with Retry-After are tried again after the time asked for, writes too", async () => {
    failTimes(1, (response) => status(response, 429, "TooManyRequests", "slow down", { "retry-after": "1" }));
    const at = performance.now();
    await connect().create(ConfigMap, { metadata: key });
    expect(performance.now() - at).toBeGreaterThanOrEqual(1_000);
  });

  test("a Retry-After too long for a worker is handed to the queue", async () => {
    failTimes(99, (response) =>
      status(response, 429, "TooManyRequests", "slow down", { "retry-after": "60" }),
    );
    await expect(connect().get(ConfigMap, key)).rejects.toMatchObject({ status: 429, retryAfterMs: 60_000 });
    expect(api.requests).toHaveLength(1);
  });

  test("a reset connection is tried again for reads and applies", async () => {
    api.put(`${AT}/a`);
    failTimes(2, (response) => response.socket?.resetAndDestroy());
    await connect().get(ConfigMap, key);
    failTimes(1, (response) => response.socket?.resetAndDestroy());
    await connect().apply(ConfigMap, { metadata: key });
  });

  test("a create whose answer got lost is not sent twice", async () => {
    failTimes(1, (response) => response.socket?.resetAndDestroy());
    await expect(connect().create(ConfigMap, { metadata: key })).rejects.toThrow(TransportError);
    expect(api.count("POST")).toBe(1);
  });

  test("a 401 has the credentials read anew, once", async () => {
    let invalidated = 0;
    const access = { ...api.access, invalidate: () => void invalidated++ };
    api.put(`${AT}/a`);
    failTimes(1, (response) => status(response, 401, "Unauthorized", "expired"));
    await connect({ access }).get(ConfigMap, key);
    expect(invalidated).toBe(1);
    failTimes(99, (response) => status(response, 401, "Unauthorized", "expired"));
    await expect(connect({ access }).get(ConfigMap, key)).rejects.toMatchObject({ status: 401 });
  });
});

test("who may not write, writes nothing; reading goes on", async () => {
  let leads = true;
  const client = connect({ mayWrite: () => leads });
  await client.create(ConfigMap, { metadata: key });
  leads = false;
  await expect(client.mergePatch(ConfigMap, key, {})).rejects.toThrow(NotLeaderError);
  await expect(client.delete(ConfigMap, key)).rejects.toThrow(NotLeaderError);
  await client.get(ConfigMap, key);
  expect(api.requests.filter((request) => !request.startsWith("GET"))).toHaveLength(1);
});

test.each([false, true])("nor does it through a Service (in the cluster: %s)", async (inCluster) => {
  const client = connect({ mayWrite: () => false, access: { ...api.access, inCluster } });
  const lms = client.serviceProxy("default", "hill-lms", 8081);
  await expect(lms("/admin/v1/site", { method: "PUT", body: "{}" })).rejects.toThrow(NotLeaderError);
  expect(api.requests).toEqual([]);
});

test("a delete with a uid spares a successor of the same name", async () => {
  api.intercept = (request, response, body) => {
    if (request.method !== "DELETE") return false;
    expect(JSON.parse(body)).toMatchObject({ preconditions: { uid: "old" } });
    status(response, 409, "Conflict", "the UID in the precondition (old) does not match");
    return true;
  };
  expect(await connect().delete(ConfigMap, key, { preconditions: { uid: "old" } })).toBe(false);
});

test("a delete that meets a conflict while the object is still there has not been done", async () => {
  api.put(`${AT}/a`);
  const live = await connect().get(ConfigMap, key);
  api.intercept = (request, response) => {
    if (request.method !== "DELETE") return false;
    status(response, 409, "Conflict", "the object has been modified");
    return true;
  };
  const { uid } = live.metadata;
  await expect(connect().delete(ConfigMap, key, { preconditions: { uid } })).rejects.toThrow("409");
});

test("a list takes all pages and restores what items leave out", async () => {
  for (let i = 0; i < 5; i++) api.put(`${AT}/c${i}`);
  const { items } = await connect().list(ConfigMap, { limit: 2 });
  expect(items).toHaveLength(5);
  expect(items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
});

test("discovery tells whether a kind is served", async () => {
  api.intercept = (request, response) => {
    if (request.url === "/apis/policy/v1") status(response, 404, "NotFound", "no such group version");
    else json(response, 200, { resources: [{ name: "configmaps" }] });
    return true;
  };
  const client = connect();
  expect(await client.hasResource(PodDisruptionBudget)).toBe(false);
  expect(await client.hasResource(ConfigMap)).toBe(true);
});

test("a nameless or namespaceless object is refused before it is sent", () => {
  expect(() => connect().get(ConfigMap, { namespace: "", name: "a" })).toThrow(/metadata.namespace is empty/);
  expect(() => connect().get(ConfigMap, { namespace: "x", name: "" })).toThrow(/metadata.name is empty/);
});

describe("a service behind the service proxy", () => {
  test("gets the request, and its own errors come back as answers", async () => {
    api.intercept = (request, response, body) => {
      response.writeHead(422, { "content-type": "application/problem+json" });
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          token: request.headers["my-token"],
          body,
        }),
      );
      return true;
    };
    const fetch = connect().serviceProxy("ns", "web", 8080);
    const answer = await fetch("/admin?x=1", { method: "PUT", headers: { "my-token": "t" }, body: "hello" });
    expect(answer.status).toBe(422);
    expect(answer.json()).toEqual({
      method: "PUT",
      url: "/api/v1/namespaces/ns/services/web:8080/proxy/admin?x=1",
      token: "t",
      body: "hello",
    });
  });

  test("without an endpoint is unreachable, not a 503 of the service", async () => {
    api.intercept = (_request, response) => {
      status(response, 503, "ServiceUnavailable", 'no endpoints available for service "web"');
      return true;
    };
    await expect(connect().serviceProxy("ns", "web", 80)("/")).rejects.toThrow(TransportError);
  });

  test("cannot be sent an Authorization header, because the API server would eat it", async () => {
    await expect(
      connect().serviceProxy("ns", "web", 80)("/", { headers: { Authorization: "Bearer x" } }),
    ).rejects.toThrow(/header of its own/);
  });
});

test("a limited client keeps its rate", async () => {
  const { tokenBucket } = await import("./limiter.ts");
  const clock = { now: 0 };
  const bucket = tokenBucket(10, 2, () => clock.now);
  await bucket.take();
  await bucket.take();
  const third = bucket.take();
  let passed = false;
  void third.then(() => (passed = true));
  await sleep(20);
  expect(passed).toBe(false);
  await third;
});
