// What a server-side apply would change, as a table: declared, live and our managedFields in, JSON paths out.
import { describe, expect, test } from "vitest";
import { differences, type FieldsV1 } from "./differences.ts";

const leaf: FieldsV1 = {};
const fields = (...names: string[]): FieldsV1 => Object.fromEntries(names.map((name) => [`f:${name}`, leaf]));

/** A ConfigMap with these data, of which we own these names. */
const ofData = (declared: object, live: object, owned: string[]): string[] =>
  differences({ data: declared }, { data: live }, { "f:data": { ".": leaf, ...fields(...owned) } });

describe("of plain fields", () => {
  test.each<[string, object, object, string[], string[]]>([
    ["nothing when all is as declared", { a: "1" }, { a: "1" }, ["a"], []],
    ["another value", { a: "2" }, { a: "1" }, ["a"], [".data.a"]],
    ["a field that is missing", { a: "1", b: "1" }, { a: "1" }, ["a"], [".data.b"]],
    ["a field we own and no longer declare", { a: "1" }, { a: "1", b: "1" }, ["a", "b"], [".data.b"]],
    ["not what others own", { a: "1" }, { a: "1", theirs: "1" }, ["a"], []],
    ["a field with our value that somebody took over", { a: "1" }, { a: "1" }, [], [".data.a"]],
    ["not the same value twice", { a: "2" }, { a: "1" }, [], [".data.a"]],
    ["not an undefined one", { a: "1", b: undefined }, { a: "1" }, ["a"], []],
  ])("%s", (_what, declared, live, owned, paths) => {
    expect(ofData(declared, live, owned)).toEqual(paths);
  });

  test("everything, when we never applied the object, even if it looks right", () => {
    expect(differences({ data: { a: "1" } }, { data: { a: "1" } }, undefined)).toEqual([
      "(not applied by us yet)",
    ]);
    expect(differences({ data: { a: "2" } }, { data: { a: "1" } }, undefined)).toContain(".data.a");
  });

  test("status, name and the server's own metadata are none", () => {
    const declared = {
      apiVersion: "v1",
      kind: "X",
      metadata: { name: "a", namespace: "b" },
      status: { x: 1 },
    };
    const live = {
      metadata: { name: "a", namespace: "b", uid: "u", resourceVersion: "1" },
      status: { x: 2 },
    };
    expect(differences(declared, live, {})).toEqual([]);
  });

  test("quantities of the same amount are none", () => {
    const of = (memory: string): object => ({ spec: { limits: { memory } } });
    const owned: FieldsV1 = { "f:spec": { "f:limits": fields("memory") } };
    expect(differences(of("1Gi"), of("1024Mi"), owned)).toEqual([]);
    expect(differences(of("1Gi"), of("1025Mi"), owned)).toEqual([".spec.limits.memory"]);
  });

  test("zero, false and the empty string are values", () => {
    expect(ofData({ a: 0, b: false, c: "" }, { a: 1, b: true, c: "x" }, ["a", "b", "c"])).toEqual([
      ".data.a",
      ".data.b",
      ".data.c",
    ]);
  });
});

test("labels, annotations, finalizers and owners are compared, and removed when no longer declared", () => {
  const owned: FieldsV1 = {
    "f:metadata": {
      "f:labels": fields("app"),
      "f:annotations": fields("note"),
      "f:finalizers": { 'v:"mine"': leaf },
      "f:ownerReferences": { 'k:{"uid":"u1"}': leaf },
    },
  };
  const live = {
    metadata: {
      labels: { app: "a", theirs: "x" },
      annotations: { note: "n" },
      finalizers: ["mine", "theirs"],
      ownerReferences: [{ uid: "u1", name: "o" }],
    },
  };
  expect(
    differences({ metadata: { ...live.metadata, labels: { app: "a" }, finalizers: ["mine"] } }, live, owned),
  ).toEqual([]);
  expect(differences({ metadata: { labels: { app: "b" } } }, live, owned)).toEqual(
    [
      ".metadata.labels.app",
      ".metadata.annotations",
      ".metadata.ownerReferences",
      ".metadata.finalizers",
    ].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
  );
});
const order = [
  ".metadata.labels.app",
  ".metadata.annotations",
  ".metadata.finalizers",
  ".metadata.ownerReferences",
];

describe("of a list with keys", () => {
  const owned: FieldsV1 = {
    "f:ports": {
      'k:{"port":80,"protocol":"TCP"}': { ".": leaf, ...fields("port", "name") },
      'k:{"port":81,"protocol":"TCP"}': { ".": leaf, ...fields("port", "name") },
    },
  };
  const live = {
    ports: [
      { port: 9, protocol: "TCP", name: "theirs" },
      { port: 80, protocol: "TCP", name: "http", targetPort: 80 },
      { port: 81, protocol: "TCP", name: "more", targetPort: 81 },
    ],
  };
  test.each<[string, object[], string[]]>([
    [
      "defaults of the server are no difference, nor is the order",
      [
        { port: 81, name: "more" },
        { port: 80, name: "http" },
      ],
      [],
    ],
    [
      "a changed field of an item",
      [
        { port: 80, name: "web" },
        { port: 81, name: "more" },
      ],
      [".ports[web].name"],
    ],
    [
      "an item that is new",
      [
        { port: 80, name: "http" },
        { port: 81, name: "more" },
        { port: 82, name: "new" },
      ],
      [".ports[new]"],
    ],
    ["an item we no longer declare", [{ port: 80, name: "http" }], [".ports[81,TCP]"]],
    [
      "a field of an item we no longer declare",
      [{ port: 80 }, { port: 81, name: "more" }],
      [".ports[80,TCP].name"],
    ],
    [
      "a key that is not the default",
      [
        { port: 80, protocol: "UDP", name: "http" },
        { port: 81, name: "more" },
      ],
      [".ports[http]", ".ports[80,TCP]"],
    ],
  ])("%s", (_what, ports, paths) => {
    expect(differences({ ports }, live, owned)).toEqual(paths);
  });

  test("an item of ours that somebody removed", () => {
    expect(
      differences(
        {
          ports: [
            { port: 80, name: "http" },
            { port: 81, name: "more" },
          ],
        },
        { ports: live.ports.slice(0, 2) },
        owned,
      ),
    ).toEqual([".ports[more]"]);
  });
});

describe("of a list as a whole", () => {
  const owned = fields("args");
  test.each([
    ["the same", ["a", "b"], ["a", "b"], []],
    ["another order", ["b", "a"], ["a", "b"], [".args[0]", ".args[1]"]],
    ["one less", ["a"], ["a", "b"], [".args"]],
    ["none any more", [], ["a"], [".args"]],
  ])("%s", (_what, args, live, paths) => {
    expect(differences({ args }, { args: live }, owned)).toEqual(paths);
  });

  test("a field inside an item", () => {
    const tls = (host: string): object => ({ tls: [{ hosts: [host] }] });
    expect(differences(tls("a"), tls("b"), fields("tls"))).toEqual([".tls[0].hosts[0]"]);
    expect(differences(tls("a"), tls("a"), fields("tls"))).toEqual([]);
  });
});

test("a set: ours that is missing, and ours that we no longer declare", () => {
  const owned: FieldsV1 = { "f:names": { 'v:"a"': leaf, 'v:"b"': leaf } };
  expect(differences({ names: ["a", "b"] }, { names: ["theirs", "b", "a"] }, owned)).toEqual([]);
  expect(differences({ names: ["a", "c"] }, { names: ["a", "b"] }, owned)).toEqual([
    ".names[c]",
    ".names[b]",
  ]);
});

test("an empty object declares nothing; a whole branch that is gone does", () => {
  const owned: FieldsV1 = { "f:spec": { "f:emptyDir": leaf, "f:probe": fields("path") } };
  expect(
    differences(
      { spec: { emptyDir: {}, probe: { path: "/" } } },
      { spec: { emptyDir: {}, probe: { path: "/", port: 1 } } },
      owned,
    ),
  ).toEqual([]);
  expect(
    differences({ spec: { emptyDir: {} } }, { spec: { emptyDir: {}, probe: { path: "/" } } }, owned),
  ).toEqual([".spec.probe"]);
  expect(differences({ spec: { probe: { path: "/" }, emptyDir: {} } }, {}, owned)).toEqual([".spec"]);
});
