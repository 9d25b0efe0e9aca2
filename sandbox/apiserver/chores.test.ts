import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeObject, OwnerReference } from "../cluster.ts";
import {
  configMap,
  core,
  Harness,
  serveWidgets,
  until,
  widget,
  widgetCrd,
  widgets,
} from "./testing/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
  await serveWidgets(harness);
});
afterAll(() => harness.end());

const exists = async (path: string): Promise<boolean> => (await harness.get(path)).code === 200;
const gone = (path: string): Promise<boolean> =>
  until(async () => !(await exists(path)), `${path} to be gone`);
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

const ownerOf = (
  { apiVersion, kind, metadata }: KubeObject,
  more: Partial<OwnerReference> = {},
): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? "",
  ...more,
});

const make = async (path: string, object: KubeObject): Promise<KubeObject> =>
  (await harness.done("POST", path, object)).object;

const dependent = (name: string, ...owners: OwnerReference[]): Promise<KubeObject> =>
  make(core("configmaps"), configMap(name, {}, { ownerReferences: owners }));

describe("owned objects", () => {
  test("go when their owner goes, and theirs after them", async () => {
    const owner = await make(widgets(), widget("owner"));
    const child = await dependent("child", ownerOf(owner));
    await dependent("grandchild", ownerOf(child));
    await settled();
    expect(await exists(core("configmaps", "grandchild"))).toBe(true);
    await harness.done("DELETE", widgets("owner"));
    await gone(core("configmaps", "grandchild"));
    expect(await exists(core("configmaps", "child"))).toBe(false);
  });

  test("stay while one of two owners is there, and forget the other", async () => {
    const [first, second] = [await make(widgets(), widget("first")), await make(widgets(), widget("second"))];
    await dependent("shared", ownerOf(first), ownerOf(second));
    await harness.done("DELETE", widgets("first"));
    await until(async () => {
      const { object } = await harness.get(core("configmaps", "shared"));
      return object.metadata.ownerReferences?.length === 1;
    });
    await harness.done("DELETE", widgets("second"));
    await gone(core("configmaps", "shared"));
  });

  test("of an owner that never was go at once; of a kind that is not served they stay", async () => {
    const owner = await make(widgets(), widget("namesake"));
    await dependent("stray", ownerOf(owner, { uid: "11111111-1111-1111-1111-111111111111" }));
    await gone(core("configmaps", "stray"));
    await dependent("foreign", ownerOf(owner, { apiVersion: "nowhere.test/v1", kind: "Nothing" }));
    await settled();
    expect(await exists(core("configmaps", "foreign"))).toBe(true);
  });

  test("are orphaned when that is asked for", async () => {
    const owner = await make(widgets(), widget("parting"));
    await dependent("orphan", ownerOf(owner));
    await harness.done("DELETE", `${widgets("parting")}?propagationPolicy=Orphan`);
    await gone(widgets("parting"));
    await settled();
    const { object } = await harness.done("GET", core("configmaps", "orphan"));
    expect(object.metadata.ownerReferences).toBeUndefined();
  });

  test("go first when deletion is in the foreground", async () => {
    const owner = await make(widgets(), widget("patient"));
    const metadata = {
      finalizers: ["example.test/hold"],
      ownerReferences: [ownerOf(owner, { blockOwnerDeletion: true })],
    };
    await make(core("configmaps"), configMap("blocking", {}, metadata));
    const { object } = await harness.done("DELETE", `${widgets("patient")}?propagationPolicy=Foreground`);
    expect(object.metadata.finalizers).toEqual(["foregroundDeletion"]);
    await until(async () => {
      const child = await harness.get(core("configmaps", "blocking"));
      return child.object.metadata.deletionTimestamp !== undefined;
    });
    expect(await exists(widgets("patient"))).toBe(true);
    await harness.merge(core("configmaps", "blocking"), { metadata: { finalizers: null } });
    await gone(widgets("patient"));
    expect(await exists(core("configmaps", "blocking"))).toBe(false);
  });

  test("left behind by a stopped server are collected by the next", async () => {
    const other = await new Harness().start();
    try {
      await serveWidgets(other);
      const owner = (await other.done("POST", widgets(), widget("before"))).object;
      await other.done(
        "POST",
        core("configmaps"),
        configMap("after", {}, { ownerReferences: [ownerOf(owner)] }),
      );
      // Stopped in the same turn: the collector has had no time.
      const ref = { group: "example.test", version: "v1", resource: "widgets" };
      other.api.cluster.delete(ref, "default", "before");
      await other.stop();
      await other.start();
      await until(async () => (await other.get(core("configmaps", "after"))).code === 404);
    } finally {
      await other.end();
    }
  });
});

describe("finalizers", () => {
  test("hold a deleted object until they are taken away", async () => {
    await make(widgets(), widget("held", { colour: "green" }, { finalizers: ["example.test/hold"] }));
    const first = await harness.done("DELETE", widgets("held"));
    expect(first.object.metadata.deletionTimestamp).toBeDefined();
    const again = await harness.done("DELETE", widgets("held"));
    expect(again.object.metadata.deletionTimestamp).toBe(first.object.metadata.deletionTimestamp);
    const added = await harness.merge(widgets("held"), {
      metadata: { finalizers: ["example.test/hold", "example.test/more"] },
    });
    expect(added.status).toMatchObject({ code: 422, message: expect.stringContaining("no new finalizers") });
    await harness.merge(widgets("held"), { metadata: { finalizers: [] } });
    await gone(widgets("held"));
  });
});

describe("namespaces", () => {
  const namespace = (name: string): object => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

  test("have an account and the authority's certificate", async () => {
    await harness.done("POST", "/api/v1/namespaces", namespace("furnished"));
    await until(() => exists(core("serviceaccounts", "default", "furnished")));
    const { object } = await harness.done("GET", core("configmaps", "kube-root-ca.crt", "furnished"));
    expect(object["data"]).toEqual({ "ca.crt": harness.api.ca });
    await harness.done("DELETE", core("serviceaccounts", "default", "furnished"));
    await until(() => exists(core("serviceaccounts", "default", "furnished")));
  });

  test("take all that is in them along, take nothing new while they go, and wait for finalizers", async () => {
    await harness.done("POST", "/api/v1/namespaces", namespace("leaving"));
    await make(core("configmaps", "", "leaving"), configMap("inside"));
    const finalizers = ["example.test/hold"];
    await make(widgets("", "leaving"), widget("held", { colour: "blue" }, { finalizers }));
    const deleted = await harness.done("DELETE", "/api/v1/namespaces/leaving");
    expect(deleted.object.status).toMatchObject({ phase: "Terminating" });
    await gone(core("configmaps", "inside", "leaving"));
    const late = await harness.call("POST", core("configmaps", "", "leaving"), configMap("late"));
    expect(late.status).toMatchObject({
      code: 403,
      reason: "Forbidden",
      details: { causes: [{ reason: "NamespaceTerminating" }] },
    });
    const remaining = await until(async () => {
      const { object } = await harness.get("/api/v1/namespaces/leaving");
      return (object.status as { conditions?: { type: string; message: string }[] }).conditions;
    });
    expect(remaining?.find(({ type }) => type === "NamespaceFinalizersRemaining")?.message).toContain(
      "example.test/hold in 1 resource instances",
    );
    await harness.merge(widgets("held", "leaving"), { metadata: { finalizers: null } });
    await gone("/api/v1/namespaces/leaving");
  });

  test("that are not there take nothing, and the first ones stay", async () => {
    expect(
      (await harness.call("POST", core("configmaps", "", "absent"), configMap("x"))).status,
    ).toMatchObject({
      code: 404,
      message: 'namespaces "absent" not found',
    });
    expect((await harness.call("DELETE", "/api/v1/namespaces/default")).code).toBe(403);
  });
});

test("a kind that is taken away takes its objects along, and is not served any more", async () => {
  const crd = structuredClone(widgetCrd);
  crd.metadata.name = "gadgets.example.test";
  crd.spec.names = { plural: "gadgets", kind: "Gadget", shortNames: [], categories: [] };
  const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await harness.done("POST", crds, crd);
  const gadgets = "/apis/example.test/v1/namespaces/default/gadgets";
  await until(() => exists(gadgets));
  await make(gadgets, { ...widget("one"), kind: "Gadget" });
  await harness.done("DELETE", `${crds}/gadgets.example.test`);
  await gone(`${crds}/gadgets.example.test`);
  expect((await harness.get(gadgets)).status).toMatchObject({
    code: 404,
    message: "the server could not find the requested resource",
  });
});

test("events are kept for an hour", async () => {
  const { expireEvents } = await import("./event-expiry.ts");
  const { Store } = await import("../store/store.ts");
  const { ResourceRegistry } = await import("./resources.ts");
  const folder = mkdtempSync(join(tmpdir(), "events-"));
  const store = new Store(folder);
  const event = (name: string, minutesAgo: number): KubeObject => {
    const time = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const metadata = { name, namespace: "default", creationTimestamp: "2020-01-01T00:00:00Z" };
    return { apiVersion: "v1", kind: "Event", metadata, lastTimestamp: time };
  };
  store.put("events", event("old", 61));
  store.put("events", event("young", 59));
  const core = { store, registry: new ResourceRegistry(), admission: undefined, log: () => undefined };
  expect(expireEvents(core, Date.now())).toBe(1);
  expect(store.get("events", "default", "young")).toBeDefined();
  store.close();
  rmSync(folder, { recursive: true });
});
