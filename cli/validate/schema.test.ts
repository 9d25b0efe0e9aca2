// Faults of one object: each is found once, at its place, with the field's path and the remedy.
import { expect, test } from "vitest";
import { BINDING, COURSE, edit, expectOne, linesOf, TENANT, together } from "./testing.ts";

/** The course with its tenant, so that nothing is said about a tenant that is not given. */
const course = (part: string, by: string): string => together(TENANT, edit(COURSE, part, by));
const tenant = (part: string, by: string): string => edit(TENANT, part, by);

test("sound manifests have no findings", () => {
  expect(linesOf(together(TENANT, COURSE, BINDING))).toEqual([]);
});

test.each([
  [
    "a wrong type",
    tenant("  site:", '  replicas: ▲"2"\n  site:'),
    'error: spec.replicas: must be a whole number, not text "2": remove the quotes',
  ],
  [
    "a fraction for a whole number",
    tenant("  site:", "  replicas: ▲1.5\n  site:"),
    "error: spec.replicas: must be a whole number, not the number 1.5: write a whole number",
  ],
  [
    "a word that kubectl reads as a boolean",
    tenant("title: Academy", "title: ▲Yes"),
    'error: spec.site.title: must be text, not the boolean true (written Yes): put quotes around it, "Yes"',
  ],
  [
    "a mapping for a list",
    tenant("  users:\n    - name: ada", "  ▲users:\n      name: ada"),
    "error: spec.users: must be a list, not a mapping: begin each entry with a hyphen",
  ],
  [
    "an unknown field",
    tenant("  hostname:", "  ▲hostnmae: x\n  hostname:"),
    'error: spec.hostnmae: unknown field: did you mean "hostname"?',
  ],
  [
    "an unknown field that belongs further in",
    tenant("  site:", "  ▲tagline: x\n  site:"),
    "error: spec.tagline: unknown field here: it belongs under spec.site, correct the indentation",
  ],
  [
    "an unknown field of metadata",
    tenant("  name: academy\n", "  name: academy\n  ▲lables: {a: b}\n"),
    'error: metadata.lables: unknown field: did you mean "labels"?',
  ],
  [
    "a missing field, told at its parent",
    tenant("  site:\n    title: Academy", "  ▲site:\n    tagline: x"),
    "error: spec.site.title: missing: add it (Name of the site)",
  ],
  [
    "a missing field of a list entry, told at the entry",
    tenant("    - key: science\n      title: Science", "    - ▲key: science"),
    "error: spec.categories[0].title: missing: add it (What visitors read)",
  ],
  [
    "a field without a value",
    tenant("hostname: academy.example.org", "▲hostname:"),
    "error: spec.hostname: has no value: give it one (DNS name of the site in lower case, e.g. `academy.example.org`)",
  ],
  [
    "a bad hostname",
    tenant("academy.example.org", "▲Bad_Host"),
    "error: spec.hostname: must be a DNS name in lower case such as academy.example.org: letters, digits, dots and inner hyphens only",
  ],
  [
    "a bad cron expression",
    tenant("  site:", "  housekeeping:\n    schedule: ▲61 * * * *\n  site:"),
    "error: spec.housekeeping.schedule: must be a five-field cron expression (minute hour day month weekday) such as '17 3 * * *'",
  ],
  [
    "a bad time zone",
    tenant("title: Academy", "title: Academy\n    timeZone: ▲Europe/Berln"),
    'error: spec.site.timeZone: "Europe/Berln" is not a time zone: did you mean "Europe/Berlin"?',
  ],
  [
    "two sources at once",
    course("          lesson:\n", "          link: {url: https://example.org}\n          lesson:\n").replace(
      "- key: hello",
      "- ▲key: hello",
    ),
    "error: spec.modules[0].items[0]: exactly one of lesson, quiz, link and file must be set: set one, remove the others",
  ],
  [
    "a value that is none of those allowed",
    tenant("  site:", "  deletionPolicy: ▲retain\n  site:"),
    'error: spec.deletionPolicy: "retain" is not one of Retain, Backup, Delete: did you mean "Retain"?',
  ],
  [
    "a number that is too large",
    tenant("  site:", "  replicas: ▲21\n  site:"),
    "error: spec.replicas: 21 is too much: write 20 or less",
  ],
  [
    "a number beyond 32 bits",
    course("  category: science", "  category: science\n  enrolment: {capacity: ▲3000000000}"),
    "error: spec.enrolment.capacity: 3000000000 is too large a number: write a smaller one",
  ],
  [
    "a text that is too long",
    tenant("title: Academy", `title: ▲${"x".repeat(101)}`),
    "error: spec.site.title: has 101 characters, at most 100 are allowed: shorten it",
  ],
  [
    "an empty text",
    tenant("title: Academy", 'title: ▲""'),
    "error: spec.site.title: is empty: write something",
  ],
  [
    "a time that is none",
    course("  category: science", "  category: science\n  schedule: {opensAt: ▲tomorrow}"),
    'error: spec.schedule.opensAt: "tomorrow" is not a time: write it as 2026-09-01T08:00:00Z (RFC 3339)',
  ],
  [
    "content that is not base64",
    course("text: <svg/>", 'base64: ▲"*"'),
    'error: spec.files[0].base64: "*" is not base64: encode the content, for instance with `base64 -w0 FILE`',
  ],
  [
    "a key that two entries of a list share",
    tenant("  users:\n", "  users:\n    - {name: ada, email: a@example.org, displayName: A}\n").replace(
      "    - name: ada\n      email",
      "    - name: ▲ada\n      email",
    ),
    'error: spec.users[1].name: "ada" is also the name of spec.users[0]: choose another, or remove one of the two',
  ],
  [
    "a value that stands twice in a set",
    tenant("members: [ada]", "members: [ada, ▲ada]"),
    'error: spec.groups[0].members[1]: "ada" stands already at spec.groups[0].members[0]: remove one of them',
  ],
  [
    "times in the wrong order",
    course(
      "  category: science",
      "  category: science\n  ▲schedule:\n    opensAt: 2026-10-01T00:00:00Z\n    closesAt: 2026-09-01T00:00:00Z",
    ),
    "error: spec.schedule: opensAt must be before closesAt: correct one of the two",
  ],
  [
    "a name that children's names could not be made from",
    tenant("  name: academy\n", "  name: ▲4academy\n"),
    "error: metadata.name: must be a DNS label of at most 40 characters that starts with a letter: names of Services and Pods are made from it",
  ],
  [
    "a name Kubernetes would refuse",
    course("name: git", "name: ▲Git"),
    'error: metadata.name: "Git" is no name of an object: use lower-case letters, digits, hyphens and dots, with a letter or digit at both ends, at most 253',
  ],
  [
    "a label value Kubernetes would refuse",
    tenant("  name: academy\n", "  name: academy\n  labels:\n    team: ▲a b\n"),
    'error: metadata.labels.team: "a b" is no label value: use letters, digits, - _ . with a letter or digit at both ends, at most 63',
  ],
  [
    "a key of a map with dots in it",
    tenant("  site:", "  ingress:\n    annotations:\n      nginx.ingress.kubernetes.io/x: ▲5\n  site:"),
    'error: spec.ingress.annotations["nginx.ingress.kubernetes.io/x"]: must be text, not the number 5: put quotes around it, "5"',
  ],
  [
    "an item key that another module has",
    course(
      "  modules:\n",
      "  modules:\n    - key: first\n      title: First\n      items: [{key: hello, title: X, link: {url: https://example.org}}]\n",
    ).replace("        - key: hello\n", "        - key: ▲hello\n"),
    'error: spec.modules[1].items[0].key: "hello" is also the key of the item at spec.modules[0].items[0]: item keys are unique in the whole course, choose another',
  ],
  [
    "an item key that stands twice in its module",
    course("- key: check", "- key: ▲hello"),
    'error: spec.modules[0].items[1].key: "hello" is also the key of spec.modules[0].items[0]: choose another, or remove one of the two',
  ],
  [
    "an image the course has no file for, told where the text names it",
    course("![map](map.svg)", "![map](▲plan.svg)"),
    'error: spec.modules[0].items[0].lesson.markdown: "plan.svg" is not among the course\'s files (map.svg): add it to files or correct the path',
  ],
  [
    "a question with two right answers",
    course("text: B", "text: B\n                      correct: true").replace("- key: one", "- ▲key: one"),
    'error: spec.modules[0].items[1].quiz.questions[0]: "one" has 2 correct choices: a singleChoice question needs exactly one (use multipleChoice for several)',
  ],
  [
    "a member of a group who has no account",
    tenant("members: [ada]", "members: [▲adda]"),
    'error: spec.groups[0].members[0]: the tenant declares no user "adda": did you mean "ada"?',
  ],
  [
    "an address that two accounts share",
    tenant("  users:\n", "  users:\n    - {name: al, email: Ada@example.org, displayName: A}\n").replace(
      "email: ada@",
      "email: ▲ada@",
    ),
    'error: spec.users[1].email: "ada@example.org" is also the address of user "al": addresses are unique on a site, choose another',
  ],
])("%s", (_, marked, message) => {
  expectOne(marked, message);
});
