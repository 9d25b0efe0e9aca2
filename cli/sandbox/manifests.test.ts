// What the sandbox takes from files: every object in the order it can be applied, and a plain word about the rest.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BINDING, COURSE, TENANT, together } from "../validate/testing.ts";
import { manifestFiles, readManifests } from "./manifests.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "provost-manifests-"));
});

afterAll(async () => rm(folder, { recursive: true, force: true }));

async function read(name: string, text: string): ReturnType<typeof readManifests> {
  const file = join(folder, name);
  await writeFile(file, text);
  return readManifests([file]);
}

const namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: school}\n";

test("objects come in the order they lean on each other, whatever the order in the file", async () => {
  const { manifests, unreadable } = await read("all.yaml", together(BINDING, COURSE, TENANT, namespace));
  expect(unreadable).toEqual([]);
  expect(manifests.map(({ object }) => object.kind)).toEqual([
    "Namespace",
    "LmsTenant",
    "Course",
    "RoleBinding",
  ]);
});

test("a List is its entries", async () => {
  const list = {
    apiVersion: "v1",
    kind: "List",
    items: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }],
  };
  const { manifests } = await read("list.json", JSON.stringify(list));
  expect(manifests.map(({ object }) => object.metadata.name)).toEqual(["s"]);
});

test("a file with a fault in its text is refused with the place, and nothing of it applied", async () => {
  const { manifests, unreadable } = await read("bad.yaml", `${namespace}---\na: b: c\n`);
  expect(manifests).toEqual([]);
  expect(unreadable).toEqual([
    { file: `${join(folder, "bad.yaml")}:5:4`, message: expect.stringContaining("not valid YAML") as string },
  ]);
});

test("an alias without an anchor is told, not thrown", async () => {
  const { unreadable } = await read("alias.yaml", `${namespace}spec: *nowhere\n`);
  expect(unreadable).toEqual([
    {
      file: `${join(folder, "alias.yaml")}:4:7`,
      message: expect.stringContaining("*nowhere has no anchor before it") as string,
    },
  ]);
});

test("a document that is no object is told, the others are taken", async () => {
  const { manifests, unreadable } = await read("part.yaml", `${namespace}---\nkind: Secret\n`);
  expect(manifests).toHaveLength(1);
  expect(unreadable.map(({ file }) => file)).toEqual([`${join(folder, "part.yaml")}:5`]);
});

test("yes means true, as to kubectl", async () => {
  const { manifests } = await read("yes.yaml", `${namespace}spec: {open: yes, text: "yes"}\n`);
  expect(manifests[0]?.object["spec"]).toEqual({ open: true, text: "yes" });
});

test("a path that is not there is wrong usage", async () => {
  await expect(manifestFiles([join(folder, "nowhere")])).rejects.toThrow("there is no such file or folder");
});
