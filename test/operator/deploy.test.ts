// The manifests of deploy/ agree with each other: what the operator may do in one namespace is what it may do in all.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import packageJson from "../../package.json" with { type: "json" };

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const read = (file: string): string => readFileSync(new URL(`../../deploy/${file}`, import.meta.url), "utf8");

/** Every single right of the roles in a file: group, resource, name, verb. */
function rights(file: string): Set<string> {
  const roles = parseAllDocuments(read(file)).map((document) => document.toJS() as { rules?: Rule[] });
  return new Set(
    roles
      .flatMap(({ rules = [] }) => rules)
      .flatMap(({ apiGroups, resources, resourceNames = [""], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) => verbs.map((verb) => `${group}/${resource}/${name} ${verb}`)),
          ),
        ),
      ),
  );
}

test("the Role for one namespace has the rights of the ClusterRole, but those on what has no namespace", () => {
  const everywhere = [...rights("rbac.yaml")].filter(
    (right) => !/^\/namespaces\/|\/releasecatalogs(\/|$)/.test(right),
  );
  expect([...rights("namespaced/rbac.yaml")].sort()).toEqual(everywhere.sort());
});

test("no right is a wildcard, and none takes anything away or runs anything in a pod", () => {
  for (const file of ["rbac.yaml", "namespaced/rbac.yaml"])
    for (const right of rights(file)) expect(right).not.toMatch(/\*|deletecollection|exec|attach|proxy/);
});

test("the operator's image is that of this version", () => {
  const { images } = parse(read("operator/kustomization.yaml")) as { images: { newTag: string }[] };
  expect(images.map(({ newTag }) => newTag)).toEqual([packageJson.version]);
});
