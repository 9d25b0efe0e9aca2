import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NodeBackend, PodLogOptions } from "../cluster.ts";
import { core, Harness, until } from "./testing/harness.ts";
import { ApiError } from "./status.ts";

let harness: Harness;
let site: Server;
let port = 0;
const logs: PodLogOptions[] = [];
let say: ((text: string) => void) | undefined;

const node: NodeBackend = {
  async *podLog(_namespace, pod, options) {
    logs.push(options);
    if (pod === "waiting") throw new ApiError(400, "BadRequest", 'container "c" is waiting to start');
    yield Buffer.from("one\n");
    if (options.follow !== true) return;
    const words: string[] = [];
    let wake = (): void => undefined;
    say = (text) => {
      words.push(text);
      wake();
    };
    options.signal.addEventListener("abort", () => wake());
    while (!options.signal.aborted) {
      const word = words.shift();
      if (word !== undefined) yield Buffer.from(word);
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  },
  serviceTarget: (_namespace, service, wanted) =>
    service === "site" && (wanted === "80" || wanted === "") ? { host: "127.0.0.1", port } : undefined,
  podTarget: (_namespace, _pod, wanted) =>
    wanted === "" ? { host: "127.0.0.1", port: 1 } : { host: "127.0.0.1", port },
};

beforeAll(async () => {
  site = createServer((request, response) => {
    void answer(request).then((body) => {
      const code = request.url === "/teapot" ? 418 : 200;
      response.writeHead(code, {
        "content-type": "application/json",
        "x-site": "yes",
        "set-cookie": ["a=1", "b=2"],
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  ({ port } = site.address() as AddressInfo);
  harness = await new Harness().start();
  for (const name of ["site", "empty"])
    await harness.done("POST", core("services"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { ports: [{ port: 80 }] },
    });
  for (const name of ["app", "waiting"])
    await harness.done("POST", core("pods"), {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name },
      spec: { containers: [{ name: "c", image: "x" }] },
    });
});
afterAll(async () => {
  await harness.end();
  site.close();
});

const answer = async (request: IncomingMessage): Promise<string> => {
  let body = "";
  for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
  const { method, url, headers } = request;
  return JSON.stringify({ method, url, headers, body });
};

test("without a node, logs and proxies are unavailable", async () => {
  for (const path of [`${core("pods", "app")}/log`, `${core("services", "site")}/proxy/`])
    expect((await harness.get(path)).status).toMatchObject({ code: 503, reason: "ServiceUnavailable" });
  harness.api.connectNode(node);
});

describe("a service behind the proxy", () => {
  const proxy = `${core("services", "site:80")}/proxy`;

  test("gets method, path, query, headers and body, but not the server's token", async () => {
    const { object, headers, code } = await harness.call("PUT", `${proxy}/a%20b/c?x=1&y=%2F`, "hello", {
      "content-type": "text/plain",
      "x-mine": "m",
    });
    expect(code).toBe(200);
    expect(object).toMatchObject({ method: "PUT", url: "/a%20b/c?x=1&y=%2F", body: "hello" });
    expect(object["headers"]).toMatchObject({ "x-mine": "m", "content-type": "text/plain" });
    expect(object["headers"]).not.toHaveProperty("authorization");
    expect(headers).toMatchObject({ "x-site": "yes", "set-cookie": ["a=1", "b=2"] });
  });

  test("answers with its own errors", async () => {
    const { code, headers } = await harness.get(`${proxy}/teapot`);
    expect([code, headers["x-site"]]).toEqual([418, "yes"]);
  });

  test("takes large bodies both ways", async () => {
    const body = "x".repeat(5_000_000);
    const { object } = await harness.call("POST", `${proxy}/`, body);
    expect((object["body"] as string).length).toBe(body.length);
  });

  test("is found without a port and with a scheme", async () => {
    for (const name of ["site", "http:site:80", "http:site:"])
      expect((await harness.get(`${core("services", name)}/proxy/`)).code).toBe(200);
    expect((await harness.get(`${core("services", "https:site:80")}/proxy/`)).code).toBe(400);
  });

  test("that is absent, or has nobody behind it, is told as a Status", async () => {
    expect((await harness.get(`${core("services", "none")}/proxy/`)).code).toBe(404);
    expect((await harness.get(`${core("services", "empty:80")}/proxy/`)).status).toMatchObject({
      kind: "Status",
      code: 503,
      reason: "ServiceUnavailable",
      message: 'no endpoints available for service "empty:80"',
    });
  });

  test("that refuses connections is a 503 as well", async () => {
    expect((await harness.get(`${core("pods", "app")}/proxy/`)).status).toMatchObject({
      code: 503,
      message: expect.stringContaining("error trying to reach service"),
    });
    expect((await harness.get(`${core("pods", "app:8080")}/proxy/`)).code).toBe(200);
  });
});

describe("logs", () => {
  test("come as text, by the options asked for", async () => {
    const { text, headers } = await harness.get(
      `${core("pods", "app")}/log?container=c&tailLines=3&previous=true&timestamps=true`,
    );
    expect(text).toBe("one\n");
    expect(headers["content-type"]).toBe("text/plain");
    expect(logs.at(-1)).toMatchObject({ container: "c", tailLines: 3, previous: true, timestamps: true });
    expect((await harness.get(`${core("pods", "app")}/log?tailLines=x`)).code).toBe(400);
  });

  test("that cannot be had are refused with the node's reason", async () => {
    expect((await harness.get(`${core("pods", "waiting")}/log`)).status).toMatchObject({
      code: 400,
      message: 'container "c" is waiting to start',
    });
    expect((await harness.get(`${core("pods", "nobody")}/log`)).code).toBe(404);
  });

  test("are followed until the client goes", async () => {
    const { Agent, request } = await import("undici");
    const agent = new Agent({ connect: { ca: harness.api.ca } });
    const { body } = await request(`${harness.api.url}${core("pods", "app")}/log?follow=true`, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${harness.api.token}` },
    });
    let heard = "";
    body.on("data", (chunk: Buffer) => (heard += chunk.toString()));
    body.on("error", () => undefined);
    await until(() => heard === "one\n");
    say?.("two\n");
    await until(() => heard === "one\ntwo\n");
    body.destroy();
    await until(() => logs.at(-1)?.signal.aborted);
    await agent.destroy();
  });
});
