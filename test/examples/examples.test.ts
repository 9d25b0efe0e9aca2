// Every example is what it promises: accepted by the schemas, free of contradictions, complete in its own folder.
import { accessSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type Course,
  courseFindings,
  courseKind,
  type LmsTenant,
  lmsTenantKind,
  type RoleBinding,
  roleBindingKind,
  validate,
} from "../../api/index.ts";
import { type ContentMap, contentFaults } from "../../controller/course/content.ts";
import { courseDocument } from "../../controller/course/document.ts";
import { asStored, FOLDERS, kindOf, readExample, refusals } from "./examples.ts";
import { svgFaults } from "./svg.ts";

describe.each(FOLDERS)("examples/%s", async (folder) => {
  const { files, objects } = await readExample(folder);
  const of = <T>(kind: typeof courseKind | typeof lmsTenantKind | typeof roleBindingKind): T[] =>
    objects.filter((one) => kindOf(one) === kind).map((one) => asStored<T>(kind, one));
  const tenants = of<LmsTenant>(lmsTenantKind);
  const courses = of<Course>(courseKind);
  const bindings = of<RoleBinding>(roleBindingKind);
  const maps = new Map(
    objects
      .filter(({ object }) => object.kind === "ConfigMap")
      .map(({ object }) => [object.metadata.name, object as ContentMap]),
  );
  const tenantOf = ({ metadata, spec }: Course | RoleBinding): LmsTenant | undefined =>
    tenants.find(
      (tenant) =>
        tenant.metadata.name === spec.tenantRef.name &&
        tenant.metadata.namespace === (spec.tenantRef.namespace ?? metadata.namespace),
    );
  const keyOf = (course: Course): string => course.spec.key ?? course.metadata.name;

  test("says in its first lines what it is for", () => {
    for (const file of files.slice(0, 1))
      expect(readFileSync(new URL(`../../examples/${file}`, import.meta.url), "utf8"), file).toMatch(/^# \S/);
    expect(objects.length).toBeGreaterThan(0);
  });

  test("holds objects that an API server takes, CEL rules included", () => {
    const refused = objects.flatMap((one) => {
      const kind = kindOf(one);
      return kind ? refusals(kind, one) : [];
    });
    expect(refused).toEqual([]);
  });

  test("holds objects that the validators of api/ take, without a contradiction in a course", () => {
    const findings = objects.flatMap((one) => {
      const kind = kindOf(one);
      if (!kind) return [];
      const result = validate(kind.spec, structuredClone(one.object["spec"]));
      return (result.ok ? [] : result.findings).map(
        ({ pointer, message }) => `${one.file}: ${one.object.metadata.name}: /spec${pointer} ${message}`,
      );
    });
    expect(findings).toEqual([]);
    for (const course of courses) {
      expect(contentFaults(course, maps), course.metadata.name).toEqual([]);
      // With lessons from ConfigMaps in place, so that their pictures are looked for, too.
      expect(courseFindings(courseDocument(course, maps)), course.metadata.name).toEqual([]);
    }
  });

  test("names every object once", () => {
    const names = objects.map(
      ({ object }) => `${object.kind} ${object.metadata.namespace ?? "default"}/${object.metadata.name}`,
    );
    expect(names).toEqual([...new Set(names)]);
  });

  test("declares whatever its objects refer to", () => {
    for (const course of courses) {
      const tenant = tenantOf(course);
      expect(tenant, `tenant of ${course.metadata.name}`).toBeDefined();
      if (course.spec.category !== undefined)
        expect(tenant?.spec.categories?.map((one) => one.key)).toContain(course.spec.category);
    }
    for (const binding of bindings) {
      const { name } = binding.metadata;
      const tenant = tenantOf(binding);
      const { roles = [], users = [], groups = [], categories = [] } = tenant?.spec ?? {};
      expect(
        ["administrator", "instructor", "learner", "auditor", ...roles.map((role) => role.name)],
        name,
      ).toContain(binding.spec.roleRef.name);
      for (const { user, email, group } of binding.spec.subjects) {
        if (user !== undefined) expect(users.map((one) => one.name), name).toContain(user);
        if (email !== undefined) expect(users.map((one) => one.email), name).toContain(email);
        if (group !== undefined) expect(groups.map((one) => one.name), name).toContain(group);
      }
      const { course, category } = binding.spec.scope;
      if (category !== undefined) expect(categories.map((one) => one.key), name).toContain(category);
      if (course !== undefined)
        expect(courses.filter((one) => tenantOf(one) === tenant).map(keyOf), name).toContain(course);
    }
    for (const { metadata, spec } of tenants) {
      const names = spec.users?.map((user) => user.name) ?? [];
      for (const group of spec.groups ?? [])
        expect(names, `group ${group.name} of ${metadata.name}`).toEqual(expect.arrayContaining([...(group.members ?? [])]));
    }
  });

  test("has addresses of nobody: example.org and nothing else", () => {
    for (const { metadata, spec } of tenants)
      for (const address of [...(spec.users ?? []).map((user) => user.email), spec.site.contactEmail ?? "a@example.org"])
        expect(address, metadata.name).toMatch(/[@.]example\.org$/);
  });

  test("has pictures that are well-formed and only pictures", () => {
    const pictures: (readonly [string, string])[] = [
      ...tenants.map(({ metadata, spec }) => [metadata.name, spec.site.branding?.logo?.svg ?? ""] as const),
      ...courses.flatMap((course) =>
        courseDocument(course, maps).files.map(
          (file) =>
            [
              `${course.metadata.name} ${file.path}`,
              file.mediaType === "image/svg+xml" ? Buffer.from(file.base64, "base64").toString() : "",
            ] as const,
        ),
      ),
      ...[...maps].flatMap(([name, map]) =>
        Object.entries(map.data ?? {})
          .filter(([key]) => key.endsWith(".svg"))
          .map(([key, svg]) => [`${name} ${key}`, svg] as const),
      ),
    ];
    for (const [where, svg] of pictures) if (svg !== "") expect(svgFaults(svg), where).toEqual([]);
  });
});

test("two examples applied side by side do not meet: hostnames and object names differ", async () => {
  const all = (await Promise.all(FOLDERS.map(readExample))).flatMap(({ objects }) => objects);
  const names = all.map(({ object }) => `${object.kind} ${object.metadata.namespace ?? "default"}/${object.metadata.name}`);
  expect(names).toEqual([...new Set(names)]);
  const hostnames = all
    .filter((one) => kindOf(one) === lmsTenantKind)
    .map((one) => asStored<LmsTenant>(lmsTenantKind, one).spec.hostname);
  expect(hostnames).toEqual([...new Set(hostnames)]);
});

test("examples/README.md leads to every folder, and every link in it leads somewhere", () => {
  const text = readFileSync(new URL("../../examples/README.md", import.meta.url), "utf8");
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");
  for (const folder of FOLDERS) expect(links).toContain(folder);
  for (const link of links) expect(() => accessSync(new URL(`../../examples/${link}`, import.meta.url)), link).not.toThrow();
});
