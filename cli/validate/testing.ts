// What the tests of `provost validate` share: small sound manifests, and texts with a mark where the finding must be.
import assert from "node:assert/strict";
import { findingLine } from "./report.ts";
import { validateSources, type ValidateOptions } from "./validate.ts";

/** Stands in a text directly before the character that a finding must point at. */
export const MARK = "▲";

export const TENANT = `apiVersion: provost.dev/v1alpha1
kind: LmsTenant
metadata:
  name: academy
spec:
  hostname: academy.example.org
  database:
    standalone:
      storage:
        size: 1Gi
  site:
    title: Academy
  categories:
    - key: science
      title: Science
  roles:
    - name: tutor
      title: Tutor
      permissions: [course.view]
  groups:
    - name: staff
      title: Staff
      members: [ada]
  users:
    - name: ada
      email: ada@example.org
      displayName: Ada
`;

export const COURSE = `apiVersion: provost.dev/v1alpha1
kind: Course
metadata:
  name: git
spec:
  tenantRef:
    name: academy
  title: Git
  category: science
  files:
    - path: map.svg
      text: <svg/>
  modules:
    - key: start
      title: Start
      items:
        - key: hello
          title: Hello
          lesson:
            markdown: |
              Welcome.

              ![map](map.svg)
        - key: check
          title: Check
          quiz:
            questions:
              - key: one
                prompt: Which?
                singleChoice:
                  choices:
                    - key: a
                      text: A
                      correct: true
                    - key: b
                      text: B
`;

export const BINDING = `apiVersion: provost.dev/v1alpha1
kind: RoleBinding
metadata:
  name: tutors
spec:
  tenantRef:
    name: academy
  roleRef:
    name: tutor
  subjects:
    - user: ada
  scope:
    course: git
`;

/** `text` with a part replaced, which must be there exactly once. */
export function edit(text: string, part: string, by: string): string {
  if (text.split(part).length !== 2) throw new Error(`"${part}" must stand once in the text to edit`);
  return text.replace(part, () => by);
}

/** Several objects as one text. */
export const together = (...texts: readonly string[]): string => texts.join("---\n");

/** The lines `provost validate` prints for one text in a file called `x.yaml`. */
export function linesOf(text: string, options: Partial<ValidateOptions> = {}): string[] {
  const report = validateSources([{ file: "x.yaml", text }], {
    namespace: "default",
    strictRefs: false,
    ...options,
  });
  return report.findings.map(findingLine);
}

/** `x.yaml:line:column` of the mark. */
export function placeOf(marked: string): string {
  const before = marked.slice(0, marked.indexOf(MARK));
  return `x.yaml:${before.split("\n").length}:${before.length - before.lastIndexOf("\n")}`;
}

/** Fails unless there is exactly one finding, at the mark, saying `message`. */
export function expectOne(marked: string, message: string, options: Partial<ValidateOptions> = {}): void {
  assert.deepEqual(linesOf(marked.replace(MARK, ""), options), [`${placeOf(marked)}: ${message}`]);
}
