// The CRDs at a real API server: accepted as they are, and whatever is wrong with a manifest is refused at the door
// with the path of the field.
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { GROUP, kinds, VERSION } from "../../api/index.ts";
import { ApiError, CustomResourceDefinition, Namespace, type Live } from "../../controller/engine/index.ts";
import { aBinding, aCourse, aSchool, aTenant, QUIZ } from "../scenario/school.ts";
import { type Manifest, typeOf } from "../support/cluster.ts";
import { describeOnCluster, freshNamespace } from "./support/cluster.ts";
import { CRD_FILES, installCrd, installCrds, readCrd } from "./support/crds.ts";

/** kubectl reads YAML 1.1, where `no` and `on` are booleans. */
const YAML = { version: "1.1" } as const;
const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const NO_CEL = "this API server has no CEL rules and no strict field validation";

await describeOnCluster("the CRDs", {}, ({ cluster }) => {
  let namespace = "";
  /** Servers before 1.25 know neither CEL rules nor strict field validation. */
  let modern = true;

  beforeAll(async () => {
    await installCrds(cluster);
    namespace = await freshNamespace(cluster, "crds");
    const course = await cluster.client.get(CustomResourceDefinition, {
      namespace: "",
      name: `courses.${GROUP}`,
    });
    modern = JSON.stringify(course.spec).includes("x-kubernetes-validations");
  });
  afterAll(() => namespace && cluster.client.delete(Namespace, { namespace: "", name: namespace }));

  /** Creates a manifest strictly, as `kubectl create --validate=strict` does; for show unless `keep`. */
  const create = async (manifest: Manifest, keep = false): Promise<void> => {
    const { plural, scope } = kinds.find(({ kind }) => kind === manifest.kind) ?? { plural: "", scope: "" };
    const place = scope === "Cluster" ? {} : { namespace };
    const folder = scope === "Cluster" ? "" : `namespaces/${namespace}/`;
    const query = `fieldValidation=Strict${keep ? "" : "&dryRun=All"}`;
    await cluster.client.raw(`/apis/${GROUP}/${VERSION}/${folder}${plural}?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...manifest, metadata: { ...manifest.metadata, ...place } }),
    });
  };
  /** The refusal's words. */
  const refusal = async (attempt: Promise<unknown>): Promise<string> => {
    const error: unknown = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) throw new Error("the API server accepted it");
    if (!(error instanceof ApiError) || ![400, 422].includes(error.status)) throw error;
    return error.message;
  };

  test.each(CRD_FILES)("%s is accepted and established, with nothing lost", async (file) => {
    const declared = readCrd(file);
    const crd: Live<CustomResourceDefinition> = await installCrd(cluster, declared);
    const condition = (type: string) => crd.status?.conditions?.find((one) => one.type === type)?.status;
    expect(condition("NamesAccepted")).toBe("True");
    expect(condition("NonStructuralSchema") ?? "False").toBe("False");
    expect(crd.spec.names).toMatchObject(declared.spec.names);
    if (modern) expect(crd.spec.versions).toMatchObject(declared.spec.versions);
  });

  test.each(aSchool("school").map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    "a good %s is accepted (%s)",
    (_kind, _name, manifest) => create(manifest),
  );

  const site = { title: "A" };
  const standalone = { storage: { size: "1Gi" } };
  const external = { secretRef: { name: "db" } };
  const user = { name: "ada", email: "ada@example.org", displayName: "Ada" };
  const lesson = { markdown: "Read me." };
  const tenant = (spec: object): Manifest => aTenant("a", spec);
  const items = (...list: readonly object[]): Manifest =>
    aCourse("a", "school", { modules: [{ key: "m", title: "M", items: list as never }] });
  const binding = aBinding("a", "school", { role: "learner", users: ["lea"] });

  /** What is wrong, the manifest, what the refusal says; `cel` where a CEL rule or strict decoding refuses it. */
  const WRONG: readonly (readonly [what: string, Manifest, RegExp, "cel"?])[] = [
    ["a number for a text", tenant({ site: { title: 7 } }), /spec\.site\.title.*type string/],
    ["a text for a number", tenant({ replicas: "two" }), /spec\.replicas.*type integer/],
    ["a text for a list", tenant({ users: "ada" }), /spec\.users.*type array/],
    ["a missing field", tenant({ site: {} }), /spec\.site\.title: Required/],
    ["an unknown field", tenant({ colour: "red" }), /unknown field "spec\.colour"/, "cel"],
    [
      "an unknown field deep down",
      items({ key: "i", title: "I", lesson: { ...lesson, mintues: 3 } }),
      /unknown field "spec\.modules\[0\]\.items\[0\]\.lesson\.mintues"/,
      "cel",
    ],
    [
      "two databases",
      tenant({ database: { standalone, external } }),
      /spec\.database: .*exactly one of standalone and external.*remove the other/,
      "cel",
    ],
    [
      "no database",
      tenant({ database: {} }),
      /spec\.database: .*exactly one of standalone and external/,
      "cel",
    ],
    [
      "two logos",
      tenant({
        site: {
          ...site,
          branding: { logo: { alt: "", svg: "<svg/>", configMapKeyRef: { name: "a", key: "b" } } },
        },
      }),
      /spec\.site\.branding\.logo: .*exactly one of/,
      "cel",
    ],
    [
      "a lesson from two sources",
      items({ key: "i", title: "I", lesson: { ...lesson, configMapKeyRef: { name: "a", key: "b" } } }),
      /spec\.modules\[0\]\.items\[0\]\.lesson: .*exactly one of markdown and configMapKeyRef/,
      "cel",
    ],
    [
      "an item that is two things",
      items({ key: "i", title: "I", lesson, quiz: QUIZ }),
      /spec\.modules\[0\]\.items\[0\]: .*exactly one of lesson, quiz, link and file/,
      "cel",
    ],
    [
      "a bad schedule",
      tenant({ housekeeping: { schedule: "every night" } }),
      /spec\.housekeeping\.schedule: .*five-field cron expression/,
      "cel",
    ],
    [
      "a schedule at 25 o'clock",
      tenant({ housekeeping: { schedule: "0 25 * * *" } }),
      /spec\.housekeeping\.schedule: /,
      "cel",
    ],
    ["a bad hostname", tenant({ hostname: "Bad_Host" }), /spec\.hostname: .*DNS name in lower case/, "cel"],
    [
      "a bad quantity",
      tenant({ database: { standalone: { storage: { size: "1 GB" } } } }),
      /spec\.database\.standalone\.storage\.size/,
    ],
    ["the same user twice", tenant({ users: [user, user] }), /spec\.users\[1\].*Duplicate value/],
    [
      "the same item twice",
      items({ key: "i", title: "I", lesson }, { key: "i", title: "J", lesson }),
      /spec\.modules\[0\]\.items\[1\].*Duplicate value/,
    ],
    [
      "a key with capitals",
      items({ key: "Intro", title: "I", lesson }),
      /spec\.modules\[0\]\.items\[0\]\.key/,
    ],
    [
      "a key of 64 characters",
      items({ key: "k".repeat(64), title: "I", lesson }),
      /spec\.modules\[0\]\.items\[0\]\.key/,
    ],
    ["a course without modules", aCourse("a", "school", { modules: [] }), /spec\.modules.*at least 1/],
    [
      "a tenant's name that is too long",
      aTenant("a".repeat(41)),
      /metadata\.name must be a DNS label of at most 40/,
      "cel",
    ],
    [
      "a grant that ends before it begins",
      aBinding("a", "school", {
        role: "learner",
        users: ["lea"],
        notBefore: "2030-01-02T00:00:00Z",
        expiresAt: "2030-01-01T00:00:00Z",
      }),
      /spec: .*notBefore must be before expiresAt/,
      "cel",
    ],
    [
      "a grant for a site and a course",
      { ...binding, spec: { ...binding.spec, scope: { site: true, course: "c" } } } as Manifest,
      /spec\.scope/,
      "cel",
    ],
    [
      "a grant for nobody",
      { ...binding, spec: { ...binding.spec, subjects: [] } } as Manifest,
      /spec\.subjects/,
    ],
  ];
  test.for(WRONG)("%s is refused by its path", async ([, manifest, words, cel], { skip }) => {
    skip(cel !== undefined && !modern, NO_CEL);
    // Servers that old name the list and not which of its items.
    const said = modern ? words : new RegExp(words.source.replace(/\\\[\d\\\]/g, "(\\[\\d\\])?"));
    expect(await refusal(create(manifest))).toMatch(said);
  });

  test("every fault of a manifest is told at once", async ({ skip }) => {
    skip(!modern, NO_CEL);
    const words = await refusal(
      create(tenant({ hostname: "Bad_Host", database: {}, housekeeping: { schedule: "never" } })),
    );
    for (const path of ["spec.hostname", "spec.database", "spec.housekeeping.schedule"])
      expect(words).toContain(path);
  });

  test("what learner work hangs on cannot be changed", async ({ skip }) => {
    skip(!modern, NO_CEL);
    for (const manifest of [
      aTenant("fixed"),
      aCourse("fixed", "fixed", { key: "first" }),
      { ...binding, metadata: { name: "fixed" } },
    ])
      await create(manifest, true);
    const change = (kind: string, spec: object): Promise<unknown> =>
      cluster.client.mergePatch(typeOf(kind), { namespace, name: "fixed" }, { spec });
    expect(await refusal(change("LmsTenant", { database: { standalone: null, external } }))).toMatch(
      /spec\.database: .*cannot be switched/,
    );
    expect(await refusal(change("Course", { tenantRef: { name: "other" } }))).toMatch(
      /spec\.tenantRef: .*is immutable/,
    );
    expect(await refusal(change("Course", { key: "second" }))).toMatch(/spec\.key: .*is immutable/);
    expect(await refusal(change("Course", { key: null }))).toMatch(/spec: .*key cannot be added or removed/);
    expect(await refusal(change("RoleBinding", { roleRef: { name: "instructor" } }))).toMatch(
      /spec\.roleRef: .*is immutable/,
    );
    await change("Course", { title: "Another title" });
  });

  const examples = existsSync(EXAMPLES) ? globSync("**/*.{yaml,yml}", { cwd: EXAMPLES }).sort() : [];
  test.skipIf(examples.length === 0).each(examples)("examples/%s is accepted", async (file) => {
    const documents = parseAllDocuments(readFileSync(`${EXAMPLES}${file}`, "utf8"), YAML).map(
      (document) => document.toJS() as (Manifest & Record<string, unknown>) | null,
    );
    const manifests = documents.filter((manifest) => manifest !== null && manifest.kind !== "Kustomization");
    expect(manifests.length).toBeGreaterThan(0);
    for (const manifest of manifests as Manifest[]) {
      const ours = manifest.apiVersion === `${GROUP}/${VERSION}`;
      if (ours) await create(manifest);
      else
        await cluster.client.apply(
          typeOf(manifest.kind),
          {
            ...manifest,
            metadata: { ...manifest.metadata, ...(manifest.kind === "Namespace" ? {} : { namespace }) },
          },
          { dryRun: true, force: true },
        );
    }
  });
});
