// References between the given manifests: what is not there is an error, what may be elsewhere is a warning.
import { describe, expect, test } from "vitest";
import { BINDING, COURSE, edit, expectOne, linesOf, placeOf, TENANT, together } from "./testing.ts";

const course = (part: string, by: string): string => together(TENANT, edit(COURSE, part, by));
const binding = (part: string, by: string): string => together(TENANT, COURSE, edit(BINDING, part, by));

describe("of a Course", () => {
  test("a category the tenant does not have is an error", () => {
    expectOne(
      course("category: science", "category: ▲scince"),
      'error: spec.category: LmsTenant default/academy has no category "scince": did you mean "science"?',
    );
    expectOne(
      course("category: science", "category: ▲arts"),
      'error: spec.category: LmsTenant default/academy has no category "arts": add it to its spec.categories (x.yaml:1) or name one it has: science',
    );
  });

  test("a tenant that is not given is a warning, and an error with strictRefs", () => {
    const marked = edit(COURSE, "name: academy", "name: ▲academy");
    const message =
      "spec.tenantRef.name: LmsTenant default/academy is not among the given manifests: give its file too, or make sure that the cluster has it";
    expectOne(marked, `warning: ${message}`);
    expectOne(marked, `error: ${message}`, { strictRefs: true });
  });

  test("a tenant whose name is almost right, or that is in another namespace, is suggested", () => {
    expectOne(
      course("name: academy", "name: ▲acadmy"),
      'warning: spec.tenantRef.name: LmsTenant default/acadmy is not among the given manifests: did you mean "academy"?',
    );
    expectOne(
      together(edit(TENANT, "  name: academy\n", "  name: academy\n  namespace: school\n"), COURSE).replace(
        "tenantRef:\n    name: academy",
        "tenantRef:\n    name: ▲academy",
      ),
      "warning: spec.tenantRef.name: LmsTenant default/academy is not among the given manifests: there is one in namespace school, name it in tenantRef.namespace",
    );
  });

  test("objects without a namespace are in the one given with --namespace", () => {
    const elsewhere = edit(TENANT, "  name: academy\n", "  name: academy\n  namespace: school\n");
    expect(linesOf(together(elsewhere, COURSE, BINDING), { namespace: "school" })).toEqual([]);
  });

  test("a slip in a list of the tenant is not told again at everything that refers to it", () => {
    const tenant = edit(TENANT, "  users:\n    - name: ada", "  ▲users:\n      name: ada");
    expectOne(
      together(tenant, COURSE, BINDING),
      "error: spec.users: must be a list, not a mapping: begin each entry with a hyphen",
    );
  });
});

describe("from another namespace", () => {
  const away = edit(COURSE, "  name: git\n", "  name: git\n  namespace: lab\n").replace(
    "  tenantRef:\n    name: academy\n",
    "  ▲tenantRef:\n    name: academy\n    namespace: default\n",
  );
  const admitting = (policy: string): string =>
    edit(TENANT, "  site:", `  allowedNamespaces: ${policy}\n  site:`);
  const selecting = admitting("{from: Selector, matchLabels: {lms: academy}}");
  const namespace = (labels: string): string =>
    `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: lab\n  labels: ${labels}\n`;

  test("a tenant that admits its own namespace only says so", () => {
    expectOne(
      together(TENANT, away),
      "error: spec.tenantRef: LmsTenant default/academy admits nothing from namespace lab: set spec.allowedNamespaces of the tenant (x.yaml:1), or move this object to default",
    );
  });

  test("a tenant that admits all is fine", () => {
    expect(linesOf(together(admitting("{from: All}"), away).replace("▲", ""))).toEqual([]);
  });

  test("labels are compared where the Namespace is given", () => {
    expect(linesOf(together(namespace("{lms: academy}"), selecting, away).replace("▲", ""))).toEqual([]);
    expectOne(
      together(namespace("{lms: other}"), selecting, away),
      "error: spec.tenantRef: LmsTenant default/academy admits only namespaces with the label lms=academy, which lab lacks: label it, or set spec.allowedNamespaces of the tenant (x.yaml:7), or move this object to default",
    );
    expectOne(
      together(selecting, away),
      "warning: spec.tenantRef: Namespace lab is not among the given manifests, so that its labels are not known: make sure that it has those that LmsTenant default/academy asks for",
    );
  });
});

describe("of a RoleBinding", () => {
  test.each([
    [
      "a role",
      binding("name: tutor\n", "name: ▲tuter\n"),
      'error: spec.roleRef.name: LmsTenant default/academy has no role "tuter": did you mean "tutor"?',
    ],
    [
      "a user",
      binding("user: ada", "user: ▲grace"),
      'error: spec.subjects[0].user: LmsTenant default/academy has no user "grace": add it to its spec.users (x.yaml:1) or name one it has: ada',
    ],
    [
      "a group",
      binding("user: ada", "group: ▲stuff"),
      'error: spec.subjects[0].group: LmsTenant default/academy has no group "stuff": did you mean "staff"?',
    ],
    [
      "a category",
      binding("course: git", "category: ▲arts"),
      'error: spec.scope.category: LmsTenant default/academy has no category "arts": add it to its spec.categories (x.yaml:1) or name one it has: science',
    ],
    [
      "a course",
      binding("course: git", "course: ▲gti"),
      'warning: spec.scope.course: no given Course on LmsTenant default/academy has the key "gti": did you mean "git"?',
    ],
    [
      "an address",
      binding("user: ada", "email: ▲grace@example.org"),
      'warning: spec.subjects[0].email: no declared user of LmsTenant default/academy has the address "grace@example.org": the grant waits until somebody has',
    ],
  ])("%s that is not there", (_, marked, message) => {
    expectOne(marked, message);
  });

  test.each(["administrator", "instructor", "learner", "auditor"])("%s is a role of every site", (role) => {
    expect(linesOf(binding("name: tutor\n", `name: ${role}\n`))).toEqual([]);
  });

  test("a course is meant by its key, which need not be its name", () => {
    const keyed = edit(COURSE, "  title: Git\n", "  key: version-control\n  title: Git\n");
    const granted = edit(BINDING, "course: git", "course: version-control");
    expect(linesOf(together(TENANT, keyed, granted))).toEqual([]);
  });
});

describe("to Secrets and ConfigMaps", () => {
  const texts = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata: {hello.md: Hello}\n";
  const fromConfigMap = (name: string, key: string): string =>
    together(
      TENANT,
      texts,
      edit(COURSE, "      text: <svg/>\n", `      configMapKeyRef: {name: ${name}, key: ${key}}\n`),
    );

  test("a key that is there is fine", () => {
    expect(linesOf(fromConfigMap("texts", "hello.md"))).toEqual([]);
  });

  test("a key that the given ConfigMap lacks is an error", () => {
    expectOne(
      fromConfigMap("texts", "▲helo.md"),
      'error: spec.files[0].configMapKeyRef.key: ConfigMap default/texts has no key "helo.md": did you mean "hello.md"?',
    );
  });

  test("a ConfigMap that is not given is a warning", () => {
    expectOne(
      fromConfigMap("▲other", "hello.md"),
      "warning: spec.files[0].configMapKeyRef.name: ConfigMap default/other is not among the given manifests: give its file too, or make sure that the cluster has it",
    );
  });

  test("the Secret of a password, of TLS and of a database are looked into, stringData too", () => {
    const secret =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: x, tls.crt: x}\n";
    const tenant = edit(
      TENANT,
      "      displayName: Ada",
      "      displayName: Ada\n      passwordSecretRef: {name: s, key: password}",
    );
    expect(linesOf(together(secret, tenant))).toEqual([]);
    expectOne(
      together(secret, edit(tenant, "  site:", "  tls:\n    secretRef:\n      name: ▲s\n  site:")),
      'error: spec.tls.secretRef.name: Secret default/s has no key "tls.key": add it there (x.yaml:1), it has password, tls.crt',
    );
    const external = edit(
      tenant,
      "    standalone:\n      storage:\n        size: 1Gi\n",
      "    external:\n      secretRef:\n        name: ▲s\n",
    );
    const missing = ["database", "host", "username"].map(
      (key) =>
        `${placeOf(together(secret, external))}: error: spec.database.external.secretRef.name: Secret default/s has no key "${key}": add it there (x.yaml:1), it has password, tls.crt`,
    );
    expect(linesOf(together(secret, external).replace("▲", ""))).toEqual(missing);
  });
});

describe("what only one may have", () => {
  test("an object that stands twice is told with both places", () => {
    expectOne(
      together(TENANT, COURSE, edit(COURSE, "  name: git\n", "  name: ▲git\n")),
      "error: metadata.name: Course default/git stands also at x.yaml:29: remove one of them, or give it another name",
    );
    const secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: ▲s}\n";
    expectOne(
      together(secret.replace("▲", ""), secret),
      "error: metadata.name: Secret default/s stands also at x.yaml:1: remove one of them, or give it another name",
    );
  });

  test("the same name in another namespace or of another group is another object", () => {
    const other = "apiVersion: school.example/v1\nkind: Course\nmetadata: {name: git}\n";
    expect(linesOf(together(TENANT, COURSE, other))).toEqual([]);
  });

  test("two tenants cannot answer to one hostname", () => {
    expectOne(
      together(
        TENANT,
        TENANT.replace("  name: academy\n", "  name: school\n").replace("hostname: ", "hostname: ▲"),
      ),
      'error: spec.hostname: "academy.example.org" is also the hostname of LmsTenant default/academy (x.yaml:1): choose another',
    );
  });

  test("two courses of one site cannot have one key, whatever they are called", () => {
    expectOne(
      together(
        TENANT,
        COURSE,
        COURSE.replace("name: git", "name: other").replace("  title: Git", "  key: ▲git\n  title: Git"),
      ),
      'error: spec.key: "git" is also the key of Course default/git (x.yaml:29) on LmsTenant default/academy: choose another spec.key',
    );
  });
});
