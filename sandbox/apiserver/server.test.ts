import { readFileSync, statSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configMap, core, Harness, serveWidgets, until, widget, widgets } from "./testing/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await new Harness().start();
  await serveWidgets(harness);
});
afterAll(() => harness.end());

describe("who asks", () => {
  test("needs the token, except for health and version", async () => {
    for (const authorization of ["", "Bearer wrong", harness.api.token])
      expect((await harness.get("/api/v1/pods", { authorization })).status).toMatchObject({
        code: 401,
        reason: "Unauthorized",
      });
    expect((await harness.get("/metrics", { authorization: "" })).code).toBe(401);
    for (const path of ["/healthz", "/livez", "/readyz", "/readyz/ping"])
      expect((await harness.get(path, { authorization: "" })).text).toBe("ok");
    expect((await harness.get("/version", { authorization: "" })).object).toMatchObject({
      major: "1",
      gitVersion: expect.stringMatching(/^v1\.34\.\d+-sandbox$/),
    });
  });

  test("finds address, authority and token in the kubeconfig, which nobody else can read", () => {
    const { kubeconfigPath, url, ca, token } = harness.api;
    expect(statSync(kubeconfigPath).mode & 0o777).toBe(0o600);
    const config = JSON.parse(readFileSync(kubeconfigPath, "utf8")) as Record<string, unknown>;
    expect(config).toMatchObject({
      "current-context": "provost-sandbox",
      clusters: [{ cluster: { server: url } }],
      users: [{ user: { token } }],
    });
    expect(JSON.stringify(config)).toContain(Buffer.from(ca).toString("base64"));
  });
});

describe("what is not there", () => {
  test.each([
    ["GET", "/nowhere", 404],
    ["GET", "/apis/nowhere.test/v1/things", 404],
    ["GET", "/apis/nowhere.test/v1", 404],
    ["GET", "/api/v1/namespaces/default/nodes", 404],
    ["GET", "/api/v1/namespaces/default/pods/x/nothing", 404],
    ["GET", "/api/v1/namespaces/default/configmaps/x/status", 404],
    ["POST", "/api/v1/configmaps", 405],
    ["PUT", "/api/v1/namespaces/default/configmaps", 405],
    ["POST", "/api", 405],
    ["BREW", "/api/v1/namespaces/default/configmaps", 400],
    ["GET", "/api/v1/namespaces/default/configmaps/%zz", 400],
    ["POST", "/api/v1/namespaces/default/pods/x/exec", 501],
  ])("%s %s: %i, as a Status", async (method, path, code) => {
    // A method that HTTP does not know never reaches the handlers.
    if (method === "BREW") return expect(harness.call(method, path)).resolves.toHaveProperty("code", code);
    const { status, headers } = await harness.call(method, path);
    expect(status).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure", code });
    expect(headers["content-type"]).toBe("application/json");
  });

  test("a body that is no JSON, no object or too large is refused", async () => {
    const post = (body: string) => harness.call("POST", core("configmaps"), body);
    expect((await post("{")).status).toMatchObject({ code: 400, reason: "BadRequest" });
    expect((await post("[]")).code).toBe(400);
    expect((await post(JSON.stringify(configMap("big", { x: "y".repeat(4 * 1024 * 1024) })))).code).toBe(413);
    expect((await post(JSON.stringify({ ...configMap("odd"), kind: "Secret" }))).code).toBe(400);
  });

  test("a connection serves on after an error", async () => {
    const missing = await harness.get(core("configmaps", "missing"));
    expect(missing.headers["connection"]).not.toBe("close");
  });
});

describe("discovery", () => {
  const aggregated = {
    accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
  };

  test("tells the same in both forms", async () => {
    const groups = (await harness.get("/apis")).object as unknown as {
      groups: { name: string; versions: { groupVersion: string }[] }[];
    };
    const legacy: string[] = [];
    for (const groupVersion of [
      "v1",
      ...groups.groups.flatMap((g) => g.versions.map((v) => v.groupVersion)),
    ]) {
      const path = groupVersion === "v1" ? "/api/v1" : `/apis/${groupVersion}`;
      const { object } = await harness.done("GET", path);
      const resources = object["resources"] as { name: string; verbs: string[]; kind: string }[];
      legacy.push(
        ...resources.map(({ name, kind, verbs }) => `${groupVersion} ${name} ${kind} ${verbs.join()}`),
      );
    }
    interface Discovered {
      metadata: { name?: string };
      versions: {
        version: string;
        resources: {
          resource: string;
          responseKind: { kind: string };
          verbs: string[];
          subresources?: { subresource: string; responseKind: { kind: string }; verbs: string[] }[];
        }[];
      }[];
    }
    const modern: string[] = [];
    for (const path of ["/api", "/apis"]) {
      const { object, headers } = await harness.done("GET", path, undefined, aggregated);
      expect(headers["content-type"]).toBe(
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
      );
      expect(object.kind).toBe("APIGroupDiscoveryList");
      for (const { metadata, versions } of object.items as unknown as Discovered[])
        for (const { version, resources } of versions) {
          const gv = metadata.name ? `${metadata.name}/${version}` : version;
          for (const { resource, responseKind, verbs, subresources = [] } of resources) {
            modern.push(`${gv} ${resource} ${responseKind.kind} ${verbs.join()}`);
            for (const sub of subresources)
              modern.push(
                `${gv} ${resource}/${sub.subresource} ${sub.responseKind.kind} ${sub.verbs.join()}`,
              );
          }
        }
    }
    expect(modern.sort()).toEqual(legacy.sort());
    expect(modern).toContain("example.test/v1 widgets/scale Scale get,patch,update");
  });

  test("is not sent again to who has it", async () => {
    const first = await harness.get("/apis", aggregated);
    const etag = String(first.headers["etag"]);
    const again = await harness.get("/apis", { ...aggregated, "if-none-match": etag });
    expect([again.code, again.text]).toEqual([304, ""]);
  });
});

describe("OpenAPI", () => {
  interface OpenApi {
    paths: Record<string, { patch?: { parameters: { name: string }[] } }>;
    components: { schemas: Record<string, Record<string, unknown>> };
  }

  test("v3 has every group version under an address with its hash", async () => {
    const index = (await harness.get("/openapi/v3")).object as unknown as {
      paths: Record<string, { serverRelativeURL: string }>;
    };
    const { serverRelativeURL } = index.paths["apis/example.test/v1"] ?? { serverRelativeURL: "" };
    const { object, headers } = await harness.done("GET", serverRelativeURL);
    expect(headers["cache-control"]).toContain("immutable");
    expect(serverRelativeURL).toContain(String(headers["etag"]).slice(1, -1));
    const { paths, components } = object as unknown as OpenApi;
    expect(
      paths[`${widgets()}/{name}`.replace("/default/", "/{namespace}/")]?.patch?.parameters,
    ).toContainEqual(expect.objectContaining({ name: "fieldValidation", in: "query" }));
    expect(components.schemas["test.example.v1.Widget"]).toMatchObject({
      "x-kubernetes-group-version-kind": [{ group: "example.test", version: "v1", kind: "Widget" }],
      description: "A thing with a colour.",
    });
  });

  test.each(["/openapi/v2", "/openapi/v3/api/v1", "/openapi/v3/apis/apps/v1"])(
    "%s has no reference that leads nowhere",
    async (path) => {
      const { object, text } = await harness.done("GET", path);
      const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] ?? ""));
      expect(references.size).toBeGreaterThan(5);
      for (const reference of references) {
        const at = reference
          .split("/")
          .reduce<unknown>((o, key) => (o as Record<string, unknown>)[key], object);
        expect(at, reference).toBeDefined();
      }
    },
  );

  test("v2 is to be had in protobuf, v3 is not", async () => {
    const accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const { code, headers, text } = await harness.get("/openapi/v2", { accept });
    expect({ code, type: headers["content-type"] }).toEqual({ code: 200, type: accept.replace("@", ".") });
    // Field 1 of the document, three bytes long. What Go makes of the rest is in test/sandbox/kubectl.test.ts.
    expect(text.startsWith("\n\x032.0")).toBe(true);
    expect((await harness.get("/openapi/v3", { accept })).code).toBe(406);
  });
});

test("requests are counted by verb, kind and outcome", async () => {
  const counted = async (labels: string): Promise<number> => {
    const { text } = await harness.get("/metrics");
    const line = text.split("\n").find((l) => l.startsWith(`apiserver_request_total{${labels}}`));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  const of = (verb: string, code: number, sub = ""): string =>
    `verb="${verb}",group="example.test",version="v1",resource="widgets",subresource="${sub}",code="${code}"`;
  const patches = await counted(of("PATCH", 200, "status"));
  await harness.done("POST", widgets(), widget("counted"));
  await harness.done(
    "PATCH",
    `${widgets("counted")}/status`,
    { status: { size: 3 } },
    {
      "content-type": "application/merge-patch+json",
    },
  );
  await harness.apply(widgets("counted"), widget("counted"), "me");
  await harness.get(widgets("nobody"));
  const watch = await harness.watch(`${widgets()}?watch=1`);
  expect(await counted(of("POST", 201))).toBe(1);
  expect(await counted(of("PATCH", 200, "status"))).toBe(patches + 1);
  expect(await counted(of("APPLY", 200))).toBe(1);
  expect(await counted(of("GET", 404))).toBe(1);
  expect(await counted(of("WATCH", 200))).toBe(1);
  watch.close();
});

test("reviews say who asks and that all is allowed", async () => {
  const review = await harness.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { verb: "delete", resource: "pods" } },
  });
  expect(review.code).toBe(201);
  expect(review.object).toMatchObject({ status: { allowed: true }, spec: { resourceAttributes: {} } });
});

describe("a stopped server", () => {
  test("has everything again when it starts, on the same port, with the same token", async () => {
    const other = await new Harness().start();
    try {
      await serveWidgets(other);
      await other.done("POST", widgets(), widget("kept", { colour: "blue" }));
      const { port, token, ca } = other.api;
      const before = await other.done("GET", widgets("kept"));
      const version = (await other.done("GET", widgets())).object.metadata.resourceVersion ?? "";
      await other.done("POST", widgets(), widget("later"));
      await other.stop();
      await other.start();
      expect(other.api).toMatchObject({ port, token, ca });
      expect((await other.done("GET", widgets("kept"))).object).toEqual(before.object);
      const watch = await other.watch(`${widgets()}?watch=1&resourceVersion=${version}`);
      await until(() => watch.lines.length > 0);
      expect(watch.lines).toMatchObject([{ type: "ADDED", object: { metadata: { name: "later" } } }]);
    } finally {
      await other.end();
    }
  });

  test("ends its watches in good order", async () => {
    const other = await new Harness().start();
    const watch = await other.watch("/api/v1/namespaces?watch=1&allowWatchBookmarks=true");
    await until(() => watch.lines.length >= 4);
    await other.api.stop();
    await until(watch.ended, "the watch to end");
    expect(watch.lines.at(-1)?.type).toBe("BOOKMARK");
    await other.end();
  });
});

describe("the port", () => {
  const occupied = async (port: number): Promise<() => Promise<void>> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return () => new Promise((resolve) => server.close(() => resolve()));
  };

  test("asked for but taken is an error with the remedy, and the folder is free again", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const other = new Harness();
    await expect(other.start(port)).rejects.toThrow(`port ${port}: it is in use`);
    server.close();
    await other.start(port);
    expect(other.api.port).toBe(port);
    await other.end();
  });

  test("used before but taken now gives way to a free one", async () => {
    const other = await new Harness().start();
    const { port } = other.api;
    await other.stop();
    const free = await occupied(port);
    await other.start();
    expect(other.api.port).not.toBe(port);
    expect(readFileSync(join(other.folder, "kubeconfig"), "utf8")).toContain(`:${other.api.port}"`);
    await free();
    await other.end();
  });
});

test("two servers cannot share a folder, and the second says so", async () => {
  const { startApiServer } = await import("./index.ts");
  const { pino } = await import("pino");
  const second = startApiServer({ dataDir: harness.folder, log: pino({ level: "silent" }) });
  await expect(second).rejects.toThrow(/in use by another sandbox/);
});
