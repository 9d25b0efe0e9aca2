// Faults of the YAML text itself, and of what an object says it is.
import { describe, expect, test } from "vitest";
import { COURSE, edit, expectOne, linesOf, placeOf, TENANT, together } from "./testing.ts";

const tenant = (part: string, by: string): string => edit(TENANT, part, by);

describe("YAML", () => {
  test.each([
    [
      "a key that stands twice, with its path",
      tenant("    title: Academy\n", "    title: Academy\n    ▲title: School\n"),
      "error: spec.site.title: this key stands twice in its mapping: remove one of them",
    ],
    [
      "a tab for indentation",
      tenant("    title: Academy", "▲\ttitle: Academy"),
      "error: not valid YAML: Tabs are not allowed as indentation: indent with spaces",
    ],
    [
      "a quote that is not closed",
      'a: b\nc: "d▲\n',
      'error: not valid YAML: Missing closing "quote: close the quote or bracket; put quotes around a text that contains one, or a colon and a space',
    ],
    [
      "a colon inside a text",
      tenant("title: Academy", "title: ▲Academy: the best"),
      "error: not valid YAML: Nested mappings are not allowed in compact mappings: put quotes around a text that contains a colon and a space, or begin a new line",
    ],
    [
      "a bracket that a comment swallows",
      "a: [b #]\n▲c: d\n",
      "error: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]: close the bracket; put quotes around a text that contains brackets, or a # that is no comment",
    ],
    [
      "an alias without an anchor",
      tenant("title: Academy", "title: ▲*title"),
      "error: *title has no anchor before it: write &title at the value meant, or put quotes around the text",
    ],
    [
      "an alias inside what it repeats",
      tenant("members: [ada]", "members: &m [ada, ▲*m]"),
      "error: *m stands inside the value it repeats: write the value out",
    ],
    [
      "a key that is a mapping, as a template left behind makes it",
      tenant("title: Academy", "title: {▲{ title }}"),
      "error: a key must be a word: put quotes around a text that begins so",
    ],
    [
      "a number JSON cannot hold",
      tenant("  site:", "  replicas: ▲.inf\n  site:"),
      "error: .inf is no number that can be stored: write one",
    ],
    [
      "a tag nobody heeds",
      tenant("title: Academy", "title: ▲!secret Academy"),
      "warning: doubtful YAML: Unresolved tag: !secret: remove the tag, kubectl does not heed it",
    ],
    [
      "a document that is a list",
      "▲- a\n- b\n",
      "error: a document must be a Kubernetes object: begin it with apiVersion, kind and metadata",
    ],
    [
      "a document that is a text",
      "▲hello\n",
      "error: a document must be a Kubernetes object: begin it with apiVersion, kind and metadata",
    ],
  ])("%s", (_, marked, message) => {
    expectOne(marked, message);
  });

  test("a fault in one document does not hide those of the others", () => {
    const lines = linesOf(together("a: b: c\n", tenant("academy.example.org", "Bad_Host")));
    expect(lines.map((line) => line.split(": ")[2])).toEqual(["not valid YAML", "spec.hostname"]);
  });

  test("aliases that unfold without end are refused, not followed", () => {
    const steps = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
    );
    const lines = linesOf(`a0: &a0 [x]\n${steps.join("\n")}\n`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^x\.yaml:1:1: error: the aliases of this document cannot be unfolded/);
  });

  test("anchors and merge keys are read as kubectl reads them, and faults told where they were written", () => {
    const base = tenant("    - name: ada\n", "    - &ada\n      name: ada\n");
    expect(linesOf(`${base}    - <<: *ada\n      name: bob\n      email: bob@example.org\n`)).toEqual([]);
    const faulty = base.replace("displayName: Ada", "displayName: ▲5");
    const second = "    - <<: *ada\n      name: bob\n      email: bob@example.org\n";
    const message = 'must be text, not the number 5: put quotes around it, "5"';
    expect(linesOf(`${faulty.replace("▲", "")}${second}`)).toEqual([
      `${placeOf(faulty)}: error: spec.users[0].displayName: ${message}`,
      `${placeOf(faulty)}: error: spec.users[1].displayName: ${message}`,
    ]);
  });

  test("empty documents, comments and Windows line ends are fine", () => {
    expect(linesOf("")).toEqual([]);
    expect(linesOf("# nothing here\n---\n---\n")).toEqual([]);
    expect(linesOf(together(TENANT, COURSE).replaceAll("\n", "\r\n"))).toEqual([]);
    const faulty = tenant("academy.example.org", "Bad_Host").replaceAll("\n", "\r\n");
    expect(linesOf(faulty)[0]).toMatch(/^x\.yaml:6:13: error: spec\.hostname: /);
  });

  test("JSON is YAML, indented with tabs or not", () => {
    const json = JSON.stringify(
      { apiVersion: "provost.dev/v1alpha1", kind: "LmsTenant", metadata: {} },
      null,
      "\t",
    );
    expect(linesOf(json)).toEqual([
      "x.yaml:1:1: error: spec: missing: add it (The learning site as it should be)",
      "x.yaml:4:2: error: metadata.name: missing: give the object a name",
    ]);
  });
});

describe("what an object says it is", () => {
  test.each([
    [
      "no apiVersion",
      "▲kind: ConfigMap\nmetadata: {name: x}\n",
      "error: apiVersion: missing: every object needs one, such as apiVersion: provost.dev/v1alpha1",
    ],
    [
      "no kind",
      "▲apiVersion: v1\nmetadata: {name: x}\n",
      "error: kind: missing: every object needs one, such as kind: LmsTenant, Course, RoleBinding, Backup, Restore, ReleaseCatalog",
    ],
    [
      "no metadata",
      "▲apiVersion: v1\nkind: ConfigMap\n",
      "error: metadata.name: missing: add metadata with the object's name",
    ],
    [
      "no name",
      "apiVersion: v1\nkind: ConfigMap\n▲metadata:\n  labels: {}\n",
      "error: metadata.name: missing: give the object a name",
    ],
    [
      "a name that is a number",
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ▲5\n",
      "error: metadata.name: must be text, not 5: put quotes around it",
    ],
    [
      "a kind that is almost one",
      tenant("kind: LmsTenant", "kind: ▲LmsTennant"),
      'error: kind: provost.dev has no kind "LmsTennant": did you mean "LmsTenant"?',
    ],
    [
      "a kind the group has not",
      "apiVersion: provost.dev/v1alpha1\nkind: ▲Deployment\nmetadata: {name: x}\n",
      'error: kind: provost.dev has no kind "Deployment": it has LmsTenant, Course, RoleBinding, Backup, Restore, ReleaseCatalog',
    ],
    [
      "a version the group has not",
      tenant("provost.dev/v1alpha1", "▲provost.dev/v1"),
      'error: apiVersion: provost.dev has no version "v1": write provost.dev/v1alpha1',
    ],
    [
      "a group that is almost ours",
      tenant("provost.dev/v1alpha1", "▲provst.dev/v1alpha1"),
      'error: apiVersion: "provst.dev/v1alpha1" has no kind LmsTenant: did you mean "provost.dev/v1alpha1"?',
    ],
  ])("%s", (_, marked, message) => {
    expectOne(marked, message);
  });

  test("an object of a mistyped kind is judged as what was meant", () => {
    const lines = linesOf(
      tenant("kind: LmsTenant", "kind: lmstenant").replace("academy.example", "Academy.example"),
    );
    expect(lines.map((line) => line.split(": ")[2])).toEqual(["kind", "spec.hostname"]);
  });

  test("kinds of others are let alone, also when they are called like ours", () => {
    const other =
      "apiVersion: school.example/v1\nkind: Course\nmetadata: {name: x}\nspec: {anything: true}\n";
    const rbac =
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: 'system:x'}\nroleRef: {}\n";
    expect(linesOf(together(other, rbac))).toEqual([]);
  });

  test("the entries of a List are objects of their own", () => {
    const entry = (text: string): string => `- ${text.trimEnd().replaceAll("\n", "\n  ")}\n`;
    const list = (course: string): string =>
      `apiVersion: v1\nkind: List\nitems:\n${entry(TENANT)}${entry(course)}`;
    expectOne(
      list(edit(COURSE, "title: Git\n", "title: Git\n  ▲levl: 1\n")),
      "error: spec.levl: unknown field: remove it, the fields here are tenantRef, key, title, summary, description, category, language, cover, visibility, schedule, enrolment, grading and 3 more",
    );
    expect(linesOf("apiVersion: v1\nkind: List\nitems:\n- a\n")).toEqual([
      "x.yaml:4:3: error: items[0]: an entry of a List must be a Kubernetes object: begin it with apiVersion, kind and metadata",
    ]);
  });
});
