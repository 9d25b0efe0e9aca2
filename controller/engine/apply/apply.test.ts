// Server-side apply of owned objects: written only on a difference, and never over somebody else.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpClient } from "../client/client.ts";
import { isConflict } from "../client/errors.ts";
import { Exchange } from "../client/exchange.ts";
import { ConfigMap, Deployment, Secret } from "../client/kinds.ts";
import { type Live, resourceType } from "../client/object.ts";
import type { Cache } from "../informer/cache.types.ts";
import { status, TinyApi } from "../testing/tiny-api.ts";
import { applyOwned, type Owner, ownerReferenceTo } from "./apply.ts";
import type { ApplyOwnedOptions } from "./apply.types.ts";
import { withDigest } from "./declaration.ts";
import { ApplyConflictError, BeingDeletedError, NotOwnedError } from "./errors.ts";

const AT = "/api/v1/namespaces/default/configmaps/a";
const Widget = resourceType({
  group: "x.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
});
const owner: Owner = {
  type: Widget,
  object: { metadata: { name: "w", namespace: "default", uid: "owner-uid" } },
};
const desired = { metadata: { name: "a", namespace: "default" }, data: { v: "1" } };

let api: TinyApi;
let exchange: Exchange;
/** Query and body of every write. */
let writes: { query: URLSearchParams; body: Live<ConfigMap> }[];

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  writes = [];
  api.intercept = (request, _response, body) => {
    if (request.method !== "GET")
      writes.push({
        query: new URL(request.url ?? "", "http://x").searchParams,
        body: JSON.parse(body) as Live<ConfigMap>,
      });
    return false;
  };
});
afterEach(async () => {
  await exchange.close();
  await api.stop();
});

const apply = (options?: ApplyOwnedOptions, live?: Cache<ConfigMap> | Live<ConfigMap>) =>
  applyOwned(new HttpClient(exchange), live, ConfigMap, desired, owner, options);

/** As the API server keeps it after we applied it. */
function applied(data: object, metadata: object = {}): void {
  const own = { ...desired, apiVersion: "v1", kind: "ConfigMap" };
  const metadataOf = { ...desired.metadata, ownerReferences: [ownerReferenceTo(owner)] };
  const { annotations } = withDigest<ConfigMap>({ ...own, metadata: metadataOf }, "me").metadata ?? {};
  api.put(AT, {
    data,
    metadata: {
      ownerReferences: [ownerReferenceTo(owner)],
      annotations,
      managedFields: [
        { manager: "me", operation: "Update", fieldsV1: { "f:data": { "f:old": {} } } },
        { manager: "me", operation: "Apply", subresource: "status", fieldsV1: { "f:status": {} } },
        {
          manager: "me",
          operation: "Apply",
          fieldsV1: {
            "f:data": { "f:v": {} },
            "f:metadata": {
              "f:annotations": { "f:me/declared": {} },
              "f:ownerReferences": {
                'k:{"uid":"owner-uid"}': {
                  ".": {},
                  ...Object.fromEntries(
                    Object.keys(ownerReferenceTo(owner)).map((name) => [`f:${name}`, {}]),
                  ),
                },
              },
            },
          },
        },
      ],
      ...metadata,
    },
  });
}

describe("what is not there", () => {
  test("is made, with its owner, under our field manager and without force", async () => {
    const { action, object } = await apply();
    expect(action).toBe("created");
    expect(writes).toHaveLength(1);
    expect(writes[0]?.query.toString()).toBe("fieldManager=me&force=false");
    expect(object.metadata.ownerReferences).toEqual([
      {
        apiVersion: "x.dev/v1",
        kind: "Widget",
        name: "w",
        uid: "owner-uid",
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  test("may be made to outlive its owner", async () => {
    await apply({ ownerReference: false });
    expect(writes[0]?.body.metadata.ownerReferences).toBeUndefined();
  });
});

describe("what we applied before", () => {
  test("is not written when nothing differs", async () => {
    applied({ v: "1", theirs: "x" });
    expect(await apply()).toMatchObject({ action: "unchanged", differences: [] });
    expect(writes).toEqual([]);
  });

  test("is written on a difference, for the object that was seen and no successor of its name", async () => {
    applied({ v: "2" });
    const uid = api.get(AT)?.metadata.uid;
    expect(await apply()).toMatchObject({
      action: "updated",
      differences: [".data.v"],
      redeclared: false,
    });
    expect(writes[0]?.body.metadata.uid).toBe(uid);
    expect(writes[0]?.query.get("force")).toBe("false");
  });

  test("is written again when its owner reference was removed", async () => {
    applied({ v: "1" }, { ownerReferences: [] });
    expect(await apply({ adopt: true })).toMatchObject({ differences: [".metadata.ownerReferences[w]"] });
  });

  test("waits while it is being deleted", async () => {
    applied({ v: "1" }, { deletionTimestamp: "2026-07-01T10:00:00Z" });
    await expect(apply()).rejects.toThrow(BeingDeletedError);
    expect(writes).toEqual([]);
  });
});

describe("another manager's field", () => {
  const conflict = (causes: object[] | undefined): void => {
    applied({ v: "2" });
    api.intercept = (request, response) => {
      if (request.method === "GET" || request.url?.includes("force=true")) return false;
      status(response, 409, "Conflict", "Apply failed with 2 conflicts", {}, causes && { causes });
      return true;
    };
  };
  const cause = (field: string, manager: string): object => ({
    reason: "FieldManagerConflict",
    field,
    message: `conflict with "${manager}" using v1`,
  });

  test("is not fought over: the error names every field and its manager", async () => {
    conflict([cause(".data.v", "kubectl-edit"), cause(".metadata.labels.app", "helm")]);
    const error = await apply().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApplyConflictError);
    expect(error).toMatchObject({
      reason: "FieldConflict",
      conflicts: [
        { field: ".data.v", manager: "kubectl-edit" },
        { field: ".metadata.labels.app", manager: "helm" },
      ],
      message: expect.stringMatching(
        /^ConfigMap default\/a: .*\.data\.v \(managed by "kubectl-edit"\), \.metadata\.labels\.app \(managed by "helm"\)/,
      ),
    });
  });

  test("is taken over only where that was asked for", async () => {
    conflict([cause(".data.v", "kubectl-edit")]);
    expect(await apply({ force: true })).toMatchObject({ action: "updated" });
    expect(api.count("PATCH")).toBe(1);
  });

  test("is not blamed for any other conflict", async () => {
    conflict(undefined);
    const error = await apply().catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(ApplyConflictError);
    expect(isConflict(error)).toBe(true);
  });
});

describe("somebody else's object", () => {
  const reference = { apiVersion: "x.dev/v1", kind: "Widget", name: "other", uid: "other", controller: true };

  test("made by hand is left alone, unless adopting was allowed", async () => {
    api.put(AT, { data: { v: "theirs" } });
    await expect(apply()).rejects.toThrow(/ConfigMap default\/a: exists, but Widget w did not make it/);
    expect(writes).toEqual([]);
    expect(await apply({ adopt: true })).toMatchObject({ action: "updated" });
  });

  test("that has another owner is never adopted", async () => {
    api.put(AT, { metadata: { ownerReferences: [reference] } });
    await expect(apply({ adopt: true, force: true })).rejects.toThrow(NotOwnedError);
    await expect(apply({ adopt: true })).rejects.toThrow(/belongs to Widget other/);
    expect(writes).toEqual([]);
  });

  test("that a deleted owner of our name left behind is waited for", async () => {
    api.put(AT, { metadata: { ownerReferences: [{ ...reference, name: "w" }] } });
    await expect(apply({ adopt: true })).rejects.toThrow(BeingDeletedError);
    expect(writes).toEqual([]);
  });
});

describe("what is live", () => {
  const cache = (more: Partial<Cache<ConfigMap>>): Cache<ConfigMap> =>
    ({ synced: true, complete: true, whole: async () => undefined, ...more }) as Cache<ConfigMap>;

  test("is not read when a cache that knows everything does not know it", async () => {
    await apply({}, cache({}));
    expect(api.count("GET")).toBe(0);
  });

  test.each([
    ["has seen only a selection", { complete: false }],
    ["is not synced", { synced: false }],
    ["looks at another namespace", { namespace: "other" }],
  ])("is read when the cache %s: an object may be in the way", async (_why, more) => {
    api.put(AT, { data: { v: "theirs" } });
    await expect(apply({}, cache(more))).rejects.toThrow(NotOwnedError);
    expect(api.count("GET")).toBe(1);
  });

  test("may be handed over as it was read", async () => {
    applied({ v: "1" });
    expect(await apply({}, api.get(AT) as unknown as Live<ConfigMap>)).toMatchObject({ action: "unchanged" });
    expect(api.requests).toEqual([]);
  });
});

test("a Secret's stringData is compared as what it becomes", async () => {
  const secret = { metadata: desired.metadata, stringData: { token: "geheim" }, data: { other: "eA==" } };
  await applyOwned(new HttpClient(exchange), undefined, Secret, secret, owner);
  const body = writes[0]?.body as unknown as Secret;
  expect(body.data).toEqual({ token: Buffer.from("geheim").toString("base64"), other: "eA==" });
  expect(body.stringData).toBeUndefined();
});

test("what is sent says its kind, whatever the builder left out", async () => {
  await applyOwned(new HttpClient(exchange), undefined, Deployment, { metadata: desired.metadata }, owner);
  expect(writes[0]?.body).toMatchObject({ apiVersion: "apps/v1", kind: "Deployment" });
});
