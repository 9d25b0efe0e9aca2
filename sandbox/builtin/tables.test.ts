// The hand-written tables beside the generated types: every row must mean something, and the types must be current.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkStructural } from "../schema/index.ts";
import { kindSchema } from "./assemble.ts";
import { generate, print } from "./generate.ts";
import { builtinResources } from "./index.ts";
import { kinds } from "./kinds.ts";
import * as lists from "./lists.ts";
import * as values from "./values.ts";

const types = generate();

test("schemas.gen.json is what the installed models say (else run sandbox/builtin/generate.ts)", () => {
  expect(readFileSync(new URL("./schemas.gen.json", import.meta.url), "utf8")).toBe(print(types));
});

describe("rows name fields that exist", () => {
  const tables: Record<string, Iterable<string>> = {
    listMapKeys: Object.keys(lists.listMapKeys),
    sets: lists.sets,
    otherMergeKeys: Object.keys(lists.otherMergeKeys),
    replacedLists: lists.replacedLists,
    retainKeys: lists.retainKeys,
    granularFields: lists.granularFields,
    atomicMaps: lists.atomicMaps,
    enums: Object.keys(values.enums),
    itemEnums: Object.keys(values.itemEnums),
    defaults: Object.keys(values.defaults),
    limits: Object.keys(values.limits),
    quantities: values.quantities,
  };
  test.each(Object.entries(tables))("%s", (_, rows) => {
    const missing = [...rows].filter((row) => {
      const [type = "", field = ""] = row.split(".");
      return types[type]?.[field] === undefined;
    });
    expect(missing).toEqual([]);
  });

  test("atomicStructs", () => {
    expect([...lists.atomicStructs].filter((type) => !types[type])).toEqual([]);
  });

  test("keys of list-maps are fields of the items", () => {
    const wrong = Object.entries(lists.listMapKeys).filter(([row, keys]) => {
      const [type = "", field = ""] = row.split(".");
      const item = String(types[type]?.[field]).slice(1);
      return !keys.every((key) => types[item]?.[key] !== undefined);
    });
    expect(wrong).toEqual([]);
  });
});

test.each(kinds.map((row) => [`${row.kind}.${row.group}`, row] as const))(
  "the schema of %s holds together",
  (_, row) => {
    // Two rules are for CRDs only: they leave metadata alone, and keys of their lists are required or have defaults.
    const faults = checkStructural(kindSchema(row.model)).filter(
      ({ detail }) => !/default or be a required|metadata is implicitly specified/.test(detail),
    );
    expect(faults).toEqual([]);
  },
);

test("no two kinds share a path", () => {
  const paths = builtinResources.map(({ group, version, plural }) => `${group}/${version}/${plural}`);
  expect(new Set(paths).size).toBe(paths.length);
});

test("unknown fields of built-in kinds are found, however deep", () => {
  const pods = builtinResources.find(({ kind }) => kind === "Pod");
  const pod = {
    spec: { contaners: [], containers: [{ name: "a", imge: "x", ports: [{ containerPort: 1, prot: "x" }] }] },
  };
  expect(pods?.schema.prune(pod)).toEqual([
    "spec.containers[0].imge",
    "spec.containers[0].ports[0].prot",
    "spec.contaners",
  ]);
});

test("a wrong type is a fault of that field", () => {
  const services = builtinResources.find(({ kind }) => kind === "Service");
  const errors = services?.validate({ spec: { ports: [{ port: "80" }], selector: { a: 1 } } }) ?? [];
  expect(errors.map(({ type, field }) => `${type} ${field}`)).toEqual([
    "TypeInvalid spec.ports[0].port",
    "TypeInvalid spec.selector.a",
  ]);
});
