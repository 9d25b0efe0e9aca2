// What holds for every text: no crash, places inside the file, nothing told twice, and no fault of the schema missed.
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { expect, test } from "vitest";
import { validate } from "../../api/schema/validator.ts";
import { courseKind } from "../../api/kinds/course.ts";
import { kinds } from "../../api/kinds/index.ts";
import { lmsTenantKind } from "../../api/kinds/lmstenant.ts";
import type { Structural } from "../../api/schema/structural.ts";
import type { Finding } from "./finding.ts";
import { formatPath, parsePath } from "./field-path.ts";
import { patternWords } from "./patterns.ts";
import { nearest } from "./suggest.ts";
import { BINDING, COURSE, TENANT, together } from "./testing.ts";
import { validateSources } from "./validate.ts";

const WHOLE = together(TENANT, COURSE, BINDING);

function find(text: string): readonly Finding[] {
  return validateSources([{ file: "x.yaml", text }], { namespace: "default", strictRefs: false }).findings;
}

/** The sound manifests after a few slips of the hand: lines lost, doubled or indented, words put in. */
const slips = fc
  .array(
    fc.record({
      at: fc.nat(WHOLE.length),
      what: fc.constantFrom("drop", "double", "indent", "insert"),
      text: fc.constantFrom(
        "x",
        ": ",
        "- ",
        "\t",
        '"',
        "'",
        "[",
        "{",
        "}",
        "#",
        "&a ",
        "*a ",
        "!t ",
        "\n",
        " ",
        "yes",
        "null",
        "---\n",
        "<<: ",
        "|",
        "%",
        "@",
        "💥",
        "\r\n",
        "0",
        "~",
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce((text, { at, what, text: word }) => {
      const start = text.lastIndexOf("\n", at - 1) + 1;
      const end = text.indexOf("\n", at) + 1 || text.length;
      const line = text.slice(start, end);
      if (what === "drop") return text.slice(0, start) + text.slice(end);
      if (what === "double") return text.slice(0, end) + line + text.slice(end);
      if (what === "indent") return `${text.slice(0, start)}  ${text.slice(start)}`;
      return text.slice(0, at) + word + text.slice(at);
    }, WHOLE),
  );

test("every finding stands inside the file, in order, once", () => {
  fc.assert(
    fc.property(slips, (text) => {
      const lines = text.split("\n");
      const findings = find(text);
      for (const { line, column } of findings) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
      }
      const keys = findings.map((finding) => JSON.stringify(finding));
      expect(new Set(keys).size).toBe(keys.length);
      const order = findings.map(({ line, column }) => line * 10_000 + column);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
    { numRuns: 400 },
  );
});

test("every message has a remedy behind a colon", () => {
  fc.assert(
    fc.property(slips, (text) => {
      for (const { message } of find(text)) expect(message).toMatch(/: |such as|did you mean|correct/);
    }),
    { numRuns: 200 },
  );
});

/** Any value in place of a random field of a sound spec. */
const wrecks = (text: string): fc.Arbitrary<Record<string, unknown>> => {
  const object = parseAllDocuments(text)[0]?.toJS() as Record<string, unknown>;
  const spots: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    if (path.length > 0) spots.push(path);
    if (Array.isArray(value)) value.forEach((item, i) => walk(item, [...path, i]));
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
  };
  walk(object["spec"], []);
  return fc
    .record({
      spot: fc.constantFrom(...spots),
      value: fc.oneof(
        fc.constantFrom(
          0,
          -1,
          1.5,
          "",
          "X",
          true,
          [],
          {},
          "2026-09-01T08:00:00Z",
          [null],
          { x: 1 },
          "a".repeat(70),
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    })
    .map(({ spot, value }) => {
      const copy = structuredClone(object);
      let at = copy["spec"] as Record<string | number, unknown>;
      for (const step of spot.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
      at[spot.at(-1) ?? ""] = value;
      return copy;
    });
};

test.each([
  ["LmsTenant", TENANT, lmsTenantKind.spec],
  ["Course", COURSE, courseKind.spec],
] as const)("what ajv refuses of a %s is refused here too", (_, text, schema: Structural) => {
  fc.assert(
    fc.property(wrecks(text), (object) => {
      // Null counts as absent to the API server, as a fault to ajv.
      const withoutNulls = JSON.parse(
        JSON.stringify(object, (_key, value: unknown) => value ?? undefined),
      ) as {
        spec: unknown;
      };
      fc.pre(!JSON.stringify(object).includes("null"));
      const isRefused = !validate(schema, structuredClone(withoutNulls.spec)).ok;
      const errors = find(JSON.stringify(object)).filter(({ severity }) => severity === "error");
      if (isRefused) expect(errors).not.toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("every pattern of the schemas has words", () => {
  const patterns = new Set<string>();
  const walk = (schema: unknown): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { pattern } = schema as { pattern?: unknown };
    if (typeof pattern === "string") patterns.add(pattern);
    Object.values(schema).forEach(walk);
  };
  kinds.forEach((kind) => walk(kind.spec));
  expect(patterns.size).toBeGreaterThan(5);
  for (const pattern of patterns) expect(patternWords(pattern), pattern).toBeDefined();
});

test("a path reads back as it was written, dots in keys and all", () => {
  const value = { spec: { "a.b/c": { d: [{ e: 1 }] }, a: { b: 2 } } };
  for (const path of [
    ["spec", "a.b/c", "d", 0, "e"],
    ["spec", "a", "b"],
    ["spec", "a", "missing"],
  ]) {
    const asServer = path.reduce<string>(
      (text, step) => text + (typeof step === "number" ? `[${step}]` : text === "" ? step : `.${step}`),
      "",
    );
    expect(parsePath(asServer, value)).toEqual(path);
  }
  expect(formatPath(["spec", "a.b/c", "d", 0])).toBe('spec["a.b/c"].d[0]');
});

test("a near miss is told, a far one is not", () => {
  expect(nearest("hostnmae", ["hostname", "image"])).toBe("hostname");
  expect(nearest("HostName", ["hostname"])).toBe("hostname");
  expect(nearest("colour", ["hostname", "image"])).toBeUndefined();
  expect(nearest("ab", ["cd", "xy"])).toBeUndefined();
});
