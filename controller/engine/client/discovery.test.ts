// Which kinds are served: asked once, believed for a while, and never believed when the asking failed.
import { afterEach, beforeEach, expect, test } from "vitest";
import { json, status, TinyApi } from "../testing/tiny-api.ts";
import { Discovery } from "./discovery.ts";
import { Exchange } from "./exchange.ts";
import { ConfigMap, Ingress, PodDisruptionBudget, Secret } from "./kinds.ts";

let api: TinyApi;
let exchange: Exchange;
let discovery: Discovery;

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  discovery = new Discovery(exchange);
  api.intercept = (request, response) => {
    if (request.url === "/api/v1")
      json(response, 200, { resources: [{ name: "configmaps" }, { name: "secrets" }] });
    else if (request.url === "/apis/networking.k8s.io/v1") json(response, 200, { resources: [] });
    else status(response, 404, "NotFound", "no such group");
    return true;
  };
});
afterEach(async () => {
  await exchange.close();
  await api.stop();
});

test("a kind is served when its group and version list it", async () => {
  expect(await discovery.has(ConfigMap)).toBe(true);
  expect(await discovery.has(Ingress)).toBe(false);
  expect(await discovery.has(PodDisruptionBudget)).toBe(false);
});

test("kinds of one group are asked for once, also by many at the same time", async () => {
  await Promise.all([discovery.has(ConfigMap), discovery.has(Secret), discovery.has(ConfigMap)]);
  await discovery.has(Secret);
  expect(api.requests).toEqual(["GET /api/v1"]);
});

test("an answer that did not come is not remembered", async () => {
  const working = api.intercept;
  api.intercept = (_request, response) => {
    status(response, 500, "InternalError", "etcd is busy");
    return true;
  };
  await expect(discovery.has(ConfigMap)).rejects.toThrow(/etcd is busy/);
  api.intercept = working;
  expect(await discovery.has(ConfigMap)).toBe(true);
});
