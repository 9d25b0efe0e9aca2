// Loopback addresses: each its own, remembered over restarts, one block for one sandbox.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Network } from "./addresses.ts";
import { openNetwork } from "./addresses.ts";
import { removeScratch, scratchFolder } from "./testing.ts";

let folder: string;
let network: Network;
const none = new Set<string>();
beforeEach(async () => {
  folder = scratchFolder();
  network = await openNetwork(folder);
});
afterEach(() => {
  network.close();
  removeScratch(folder);
});

async function reopen(): Promise<void> {
  network.close();
  network = await openNetwork(folder);
}

test("pods and Services have addresses of their own, the same after a restart", async () => {
  const pods = ["a/one", "a/two", "b/one"].map((key) => network.podIP(key));
  const services = ["a/one", "a/two"].map((key) => network.serviceIP(key, none));
  expect(new Set([...pods, ...services, network.nodeIP]).size).toBe(6);
  await reopen();
  expect(["a/one", "a/two", "b/one"].map((key) => network.podIP(key))).toEqual(pods);
  expect(["a/one", "a/two"].map((key) => network.serviceIP(key, none))).toEqual(services);
});

test("a database pod returns to its address; that of a pod with a random name is free again", async () => {
  const database = network.podIP("a/db-0");
  const site = network.podIP("a/site-x7k2p");
  network.releasePod("a/db-0");
  network.releasePod("a/site-x7k2p");
  const others = Array.from({ length: 1_014 }, (_, index) => network.podIP(`b/p${index}x`));
  expect(others).toContain(site);
  expect(others).not.toContain(database);
  expect(network.podIP("a/db-0")).toBe(database);
});

test("when every address is given, a reserved one is taken before a pod is refused", () => {
  const database = network.podIP("a/db-0");
  network.releasePod("a/db-0");
  const others = Array.from({ length: 1_015 }, (_, index) => network.podIP(`b/p${index}x`));
  expect(others).toContain(database);
  expect(() => network.podIP("b/one-more")).toThrow(/no pod address is free/);
});

test("a Service never gets an address that another holds", () => {
  const first = network.serviceIP("a/web", none);
  expect(network.serviceIP("a/web", new Set([first]))).not.toBe(first);
  expect(network.mayServe(first)).toBe(true);
  expect(network.mayServe("10.0.0.1")).toBe(false);
  expect(network.mayServe(network.nodeIP)).toBe(false);
});

test("two sandboxes have different blocks, and one folder serves one sandbox", async () => {
  const elsewhere = scratchFolder();
  const other = await openNetwork(elsewhere);
  const block = (ip: string): string => ip.split(".").slice(0, 3).join(".");
  expect(block(other.nodeIP)).not.toBe(block(network.nodeIP));
  await expect(openNetwork(folder)).rejects.toThrow(/in use by another sandbox/);
  other.close();
  removeScratch(elsewhere);
});
