// Strategic merge patches that a real kube-apiserver (1.20) applied to one Deployment, replayed.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findBuiltin } from "../builtin/index.ts";
import type { JsonObject } from "../schema/index.ts";
import { PatchError, strategicMergePatch } from "./index.ts";

interface Fact {
  before: JsonObject;
  patch: JsonObject;
  after: JsonObject;
}

const facts = JSON.parse(
  readFileSync(new URL("./testdata/strategic.json", import.meta.url), "utf8"),
) as Fact[];
const deployments = findBuiltin("apps", "v1", "deployments");
if (!deployments) throw new Error("no Deployments");

describe("kube-apiserver's answers", () => {
  test.each(facts.map((fact) => [JSON.stringify(fact.patch), fact] as const))(
    "%s",
    (_, { before, patch, after }) => {
      const given = structuredClone({ before, patch });
      const apply = (): JsonObject => strategicMergePatch(before, patch, deployments.schema.root);
      if (after["code"] === 500) {
        expect(apply).toThrow(PatchError);
      } else {
        const result = apply();
        deployments.applyDefaults(result);
        if (after["code"] === 422) expect(deployments.validate(result)).not.toEqual([]);
        else expect(result).toEqual(after);
      }
      expect({ before, patch }).toEqual(given);
    },
  );
});

describe("directives", () => {
  const pods = findBuiltin("", "v1", "pods")?.schema.root;
  if (!pods) throw new Error("no Pods");

  test("new content is taken without its directives and nulls", () => {
    const patch = {
      spec: {
        containers: [{ name: "a", "$setElementOrder/env": [], env: null }],
        $retainKeys: ["containers"],
      },
    };
    expect(strategicMergePatch({}, patch, pods)).toEqual({ spec: { containers: [{ name: "a" }] } });
  });

  test("a patch that is no object is refused", () => {
    expect(() => strategicMergePatch({}, [], pods)).toThrow(PatchError);
  });

  test("$retainKeys must name what the patch sets", () => {
    const patch = { spec: { $retainKeys: ["containers"], hostNetwork: true } };
    expect(() => strategicMergePatch({ spec: {} }, patch, pods)).toThrow(/hostNetwork/);
  });
});
