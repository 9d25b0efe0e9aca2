import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configMap, core, Harness, serveWidgets, widget, widgets } from "./testing/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
  await serveWidgets(harness);
});
afterAll(() => harness.end());

describe("objects", () => {
  test("are created, read, replaced and deleted", async () => {
    const created = await harness.call("POST", core("configmaps"), configMap("crud", { a: "1" }));
    expect(created.code).toBe(201);
    expect(created.object.metadata).toMatchObject({ namespace: "default", uid: expect.any(String) });
    expect(created.object.metadata.managedFields).toMatchObject([{ manager: "test", operation: "Update" }]);
    const changed = await harness.done("PUT", core("configmaps", "crud"), {
      ...created.object,
      data: { a: "2" },
    });
    expect(Number(changed.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(created.object.metadata.resourceVersion),
    );
    const read = await harness.done("GET", core("configmaps", "crud"));
    expect(read.object["data"]).toEqual({ a: "2" });
    const deleted = await harness.done("DELETE", core("configmaps", "crud"));
    expect(deleted.status).toMatchObject({
      status: "Success",
      details: { name: "crud", kind: "configmaps", uid: created.object.metadata.uid },
    });
    expect((await harness.get(core("configmaps", "crud"))).status).toMatchObject({
      code: 404,
      reason: "NotFound",
      message: 'configmaps "crud" not found',
      details: { name: "crud", kind: "configmaps" },
    });
  });

  test("of one name exist once", async () => {
    await harness.done("POST", core("configmaps"), configMap("twice"));
    expect((await harness.call("POST", core("configmaps"), configMap("twice"))).status).toMatchObject({
      code: 409,
      reason: "AlreadyExists",
    });
  });

  test("with generateName get a name", async () => {
    const { object } = await harness.done("POST", core("configmaps"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { generateName: "made-" },
    });
    expect(object.metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
  });

  test("an update from an old version is refused, and nothing changes", async () => {
    const { object } = await harness.done("POST", core("configmaps"), configMap("raced"));
    await harness.done("PUT", core("configmaps", "raced"), { ...object, data: { by: "first" } });
    const late = await harness.call("PUT", core("configmaps", "raced"), {
      ...object,
      data: { by: "second" },
    });
    expect(late.status).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: expect.stringContaining("the object has been modified"),
    });
    expect((await harness.get(core("configmaps", "raced"))).object["data"]).toEqual({ by: "first" });
  });

  test("an update that changes nothing writes nothing", async () => {
    const { object } = await harness.done("POST", core("configmaps"), configMap("calm", { a: "1" }));
    const again = await harness.done("PUT", core("configmaps", "calm"), object);
    expect(again.object.metadata.resourceVersion).toBe(object.metadata.resourceVersion);
  });

  test("a dry run answers as the write would, and writes nothing", async () => {
    const dry = await harness.call("POST", `${core("configmaps")}?dryRun=All`, configMap("dry"));
    expect(dry.code).toBe(201);
    expect(dry.object.metadata.uid).toBeDefined();
    expect((await harness.get(core("configmaps", "dry"))).code).toBe(404);
    expect((await harness.call("POST", `${core("configmaps")}?dryRun=Some`, configMap("dry"))).code).toBe(
      422,
    );
  });

  test("a delete spares a successor of another uid", async () => {
    await harness.done("POST", core("configmaps"), configMap("heir"));
    const refused = await harness.call("DELETE", core("configmaps", "heir"), {
      kind: "DeleteOptions",
      apiVersion: "v1",
      preconditions: { uid: "another" },
    });
    expect(refused.status).toMatchObject({ code: 409, reason: "Conflict" });
    expect((await harness.get(core("configmaps", "heir"))).code).toBe(200);
  });

  test("a collection is deleted by selector", async () => {
    for (const name of ["one", "two", "three"])
      await harness.done(
        "POST",
        core("configmaps"),
        configMap(`sweep-${name}`, {}, { labels: { sweep: name === "three" ? "no" : "yes" } }),
      );
    const { object } = await harness.done("DELETE", `${core("configmaps")}?labelSelector=sweep=yes`);
    expect(object.items.map((item) => item.metadata.name).sort()).toEqual(["sweep-one", "sweep-two"]);
    const left = await harness.get(`${core("configmaps")}?labelSelector=sweep`);
    expect(left.object.items.map((item) => item.metadata.name)).toEqual(["sweep-three"]);
  });

  test("YAML is read and written", async () => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: in-yaml\ndata:\n  a: b\n";
    const { code, text } = await harness.call("POST", core("configmaps"), yaml, {
      "content-type": "application/yaml",
      accept: "application/yaml",
    });
    expect(code).toBe(201);
    expect(text).toMatch(/^data:\n {2}a: b$/m);
  });
});

describe("server-side apply", () => {
  const at = (name: string): string => core("configmaps", name);

  test("creates, then owns; another manager's change conflicts by name of field", async () => {
    expect((await harness.apply(at("ssa"), configMap("ssa", { a: "1" }), "one")).code).toBe(201);
    expect((await harness.apply(at("ssa"), configMap("ssa", { a: "1" }), "one")).code).toBe(200);
    const conflict = await harness.apply(at("ssa"), configMap("ssa", { a: "2" }), "two");
    expect(conflict.status).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.a" }],
      },
    });
    expect((await harness.apply(at("ssa"), configMap("ssa", { a: "2" }), "two", "&force=true")).code).toBe(
      200,
    );
  });

  test("applying the same again does not change the version", async () => {
    const first = await harness.apply(at("same"), configMap("same", { a: "1" }), "one");
    const second = await harness.apply(at("same"), configMap("same", { a: "1" }), "one");
    expect(second.object.metadata.resourceVersion).toBe(first.object.metadata.resourceVersion);
  });

  test("needs a manager", async () => {
    const nobody = await harness.call("PATCH", at("nobody"), configMap("nobody"), {
      "content-type": "application/apply-patch+yaml",
    });
    expect(nobody.status).toMatchObject({ code: 422, message: expect.stringContaining("fieldManager") });
  });
});

describe("patches", () => {
  test("of all formats change what they name", async () => {
    const path = "/apis/apps/v1/namespaces/default/deployments";
    await harness.done("POST", path, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "patched" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: {
            containers: [
              { name: "x", image: "1" },
              { name: "y", image: "1" },
            ],
          },
        },
      },
    });
    const images = async (patch: object, type: string): Promise<unknown> => {
      const { object } = await harness.done("PATCH", `${path}/patched`, patch, { "content-type": type });
      const spec = object.spec as { template: { spec: { containers: { name: string; image: string }[] } } };
      return spec.template.spec.containers.map(({ name, image }) => `${name}:${image}`);
    };
    const strategic = { spec: { template: { spec: { containers: [{ name: "y", image: "2" }] } } } };
    expect(await images(strategic, "application/strategic-merge-patch+json")).toEqual(["x:1", "y:2"]);
    const json = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "3" }];
    expect(await images(json, "application/json-patch+json")).toEqual(["x:3", "y:2"]);
    const merge = { spec: { template: { spec: { containers: [{ name: "z", image: "4" }] } } } };
    expect(await images(merge, "application/merge-patch+json")).toEqual(["z:4"]);
  });

  test("strategic ones are for built-in kinds, and unknown ones for none", async () => {
    await harness.done("POST", widgets(), widget("unpatched"));
    for (const type of ["application/strategic-merge-patch+json", "text/plain"])
      expect(
        (await harness.call("PATCH", widgets("unpatched"), {}, { "content-type": type })).status,
      ).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
  });

  test("a merge patch with an old version conflicts", async () => {
    const { object } = await harness.done("POST", core("configmaps"), configMap("old-patch"));
    const { resourceVersion = "" } = object.metadata;
    await harness.merge(core("configmaps", "old-patch"), { data: { a: "1" } });
    const late = await harness.merge(core("configmaps", "old-patch"), {
      metadata: { resourceVersion },
      data: { a: "2" },
    });
    expect(late.status).toMatchObject({ code: 409, reason: "Conflict" });
  });
});

describe("custom kinds", () => {
  test("get defaults, and lose unknown fields with a warning or, when strict, a refusal", async () => {
    const odd = widget("odd", { colour: "green", colur: "x" });
    const warned = await harness.call("POST", widgets(), odd);
    expect(warned.code).toBe(201);
    expect(warned.object.spec).toEqual({ colour: "green", size: 1 });
    expect(warned.headers["warning"]).toBe('299 - "unknown field \\"spec.colur\\""');
    const strict = await harness.call("POST", `${widgets()}?fieldValidation=Strict`, {
      ...odd,
      metadata: { name: "odder" },
    });
    expect(strict.status).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: expect.stringContaining('strict decoding error: unknown field "spec.colur"'),
    });
    expect((await harness.get(widgets("odder"))).code).toBe(404);
  });

  test("are refused with field, value and the rule's own words", async () => {
    const { status } = await harness.call("POST", widgets(), widget("loud", { colour: "red", size: 9 }));
    expect(status).toMatchObject({ code: 422, reason: "Invalid" });
    expect(status.message).toContain('Widget.example.test "loud" is invalid: spec: Invalid value');
    expect(status.message).toContain("red widgets are small: choose a size up to 5");
    const wrong = await harness.call("POST", widgets(), widget("wrong", { colour: "pink", size: 200 }));
    expect(wrong.status.details?.causes?.map((cause) => cause.field)).toEqual(
      expect.arrayContaining(["spec.colour", "spec.size"]),
    );
  });

  test("keep what a rule makes immutable", async () => {
    await harness.done("POST", widgets(), widget("firm"));
    const { status } = await harness.merge(widgets("firm"), { spec: { colour: "blue" } });
    expect(status).toMatchObject({ code: 422, message: expect.stringContaining("colour is immutable") });
  });

  test("status and spec are written apart, and only the spec counts generations", async () => {
    const { object } = await harness.done("POST", widgets(), {
      ...widget("apart"),
      status: { word: "not mine to say" },
    });
    expect(object.status).toBeUndefined();
    const told = await harness.done(
      "PATCH",
      `${widgets("apart")}/status`,
      { status: { word: "hello" }, spec: { size: 7 } },
      {
        "content-type": "application/merge-patch+json",
      },
    );
    expect(told.object).toMatchObject({ spec: { size: 1 }, status: { word: "hello" } });
    expect(told.object.metadata.generation).toBe(1);
    const grown = await harness.merge(widgets("apart"), { spec: { size: 2 }, status: { word: "no" } });
    expect(grown.object).toMatchObject({ spec: { size: 2 }, status: { word: "hello" } });
    expect(grown.object.metadata.generation).toBe(2);
  });

  test("are scaled through /scale", async () => {
    await harness.done("POST", widgets(), widget("scaled"));
    const scale = await harness.done("GET", `${widgets("scaled")}/scale`);
    expect(scale.object).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      spec: { replicas: 1 },
    });
    await harness.done("PUT", `${widgets("scaled")}/scale`, { ...scale.object, spec: { replicas: 4 } });
    expect((await harness.get(widgets("scaled"))).object.spec).toMatchObject({ size: 4 });
  });

  test("a PUT needs the version it started from", async () => {
    await harness.done("POST", widgets(), widget("versioned"));
    const { status } = await harness.call("PUT", widgets("versioned"), widget("versioned"));
    expect(status).toMatchObject({
      code: 422,
      message: expect.stringContaining(
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update",
      ),
    });
  });
});

test("an admission hook changes and refuses what is written, over HTTP too", async () => {
  const { ApiError } = await import("./index.ts");
  harness.api.setAdmission(({ res, operation, object }) => {
    if (res.resource !== "configmaps" || operation !== "CREATE") return;
    if (object.metadata.name === "unwelcome") throw new ApiError(403, "Forbidden", "not here");
    object.metadata.labels = { ...object.metadata.labels, admitted: "yes" };
  });
  const { object } = await harness.done("POST", core("configmaps"), configMap("welcome"));
  expect(object.metadata.labels).toEqual({ admitted: "yes" });
  expect((await harness.call("POST", core("configmaps"), configMap("unwelcome"))).status).toMatchObject({
    code: 403,
    message: "not here",
  });
  harness.api.setAdmission(() => undefined);
});
