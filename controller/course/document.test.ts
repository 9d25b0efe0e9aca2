// A Course's document: references resolved, defaults in, and every pointer led back to its field.
import { describe, expect, test } from "vitest";
import { courseDocument as schema, courseFindings, digestOf, validate } from "../../api/index.ts";
import { aCourse, encoded } from "../testing/manifests.ts";
import { contentFaults, contentReferences } from "./content.ts";
import { courseDocument, courseField } from "./document.ts";

const told = aCourse({
  files: [
    { path: "images/map.svg", configMapKeyRef: { name: "texts", key: "map.svg" } },
    { path: "data.bin", configMapKeyRef: { name: "texts", key: "data.bin" } },
    { path: "note.txt", text: "a note" },
    { path: "odd.x", base64: "AAAA", mediaType: "application/x-odd" },
  ],
  modules: [
    {
      key: "start",
      title: "Start",
      items: [
        {
          key: "text",
          title: "Text",
          lesson: { configMapKeyRef: { name: "texts", key: "one.md" }, minutes: 5 },
        },
        { key: "site", title: "Site", link: { url: "https://example.org" } },
      ],
    },
  ],
});
const texts = {
  data: { "one.md": "# One", "map.svg": "<svg/>" },
  binaryData: encoded({ "data.bin": "bytes" }),
};

describe("references", () => {
  test("are all found, with their fields", () => {
    expect(contentReferences(told).map(({ field }) => field)).toEqual([
      "spec.files[0].configMapKeyRef",
      "spec.files[1].configMapKeyRef",
      "spec.modules[0].items[0].lesson.configMapKeyRef",
    ]);
  });

  test.each([
    [undefined, "ConfigMapNotFound", /ConfigMap texts does not exist/],
    [
      { ...texts, data: { "map.svg": "<svg/>" } },
      "ConfigMapKeyNotFound",
      /items\[0\]\.lesson.*no key "one.md"/,
    ],
    [
      { ...texts, data: { "map.svg": "<svg/>" }, binaryData: { ...texts.binaryData, "one.md": "AAAA" } },
      "ConfigMapKeyNotFound",
      /is binary/,
    ],
  ])("into %j that lead nowhere: %s", (map, reason, message) => {
    const faults = contentFaults(told, new Map(map ? [["texts", map]] : []));
    expect(faults[0]?.reason).toBe(reason);
    expect(faults.map((fault) => fault.message).join("\n")).toMatch(message);
  });

  test("that can all be followed are no fault", () => {
    expect(contentFaults(told, new Map([["texts", texts]]))).toEqual([]);
  });
});

test("the document holds everything itself and fits the contract", () => {
  const document = courseDocument(told, new Map([["texts", texts]]));
  expect(validate(schema, structuredClone(document))).toMatchObject({ ok: true });
  expect(document.manager).toBe("provost.dev/Course/schools/maths");
  expect(document.files).toEqual([
    { path: "images/map.svg", mediaType: "image/svg+xml", base64: Buffer.from("<svg/>").toString("base64") },
    {
      path: "data.bin",
      mediaType: "application/octet-stream",
      base64: Buffer.from("bytes").toString("base64"),
    },
    { path: "note.txt", mediaType: "text/plain", base64: Buffer.from("a note").toString("base64") },
    { path: "odd.x", mediaType: "application/x-odd", base64: "AAAA" },
  ]);
  expect(document.modules[0]?.items[0]?.lesson).toEqual({ markdown: "# One", minutes: 5 });
  expect(JSON.stringify(document)).not.toMatch(/configMapKeyRef|tenantRef/);
});

test("the same Course has the same digest, whatever else the API server knows of it", () => {
  const maps = new Map([["texts", texts]]);
  const again = {
    ...told,
    metadata: { ...told.metadata, resourceVersion: "9", labels: { a: "b" } },
    status: { items: 2 },
  };
  expect(digestOf(courseDocument(again, maps))).toBe(digestOf(courseDocument(told, maps)));
});

test("findings in the document name the manifest's fields", () => {
  const torn = aCourse({
    modules: [
      { key: "a", title: "A", items: [{ key: "x", title: "X", lesson: { markdown: "![m](map.png)" } }] },
    ],
  });
  const [finding] = courseFindings(courseDocument(torn, new Map()));
  expect(courseField(finding?.pointer ?? "")).toBe("spec.modules[0].items[0].lesson.markdown");
  expect(courseField("/manager")).toBe("spec.key");
});
