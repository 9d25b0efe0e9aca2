import { expect, test } from "vitest";
import { courseDocument, directoryDocument, siteDocument } from "../admin/documents.ts";
import { CRON_PATTERN, HOSTNAME_PATTERN, QUANTITY_PATTERN } from "./fields.ts";
import { type Finding, validate } from "./validator.ts";

const user = {
  name: "ada",
  email: "ada@example.org",
  displayName: "Ada",
  suspended: false,
  passwordFingerprint: "0123456789abcdef",
};

function messages(result: { ok: true } | { ok: false; findings: readonly Finding[] }): string[] {
  return result.ok ? [] : result.findings.map((finding) => `${finding.pointer} ${finding.message}`);
}

test("defaults are filled in, so a reader never meets an absent field that has one", () => {
  const site = { title: "A", access: {}, housekeeping: { schedule: "0 3 * * *" } };
  const result = validate(siteDocument, site);
  expect(result.ok && result.value.access.sessionIdleMinutes).toBe(120);
  expect(result.ok && result.value.timeZone).toBe("UTC");
});

test("every fault is found at once, each with its pointer", () => {
  const result = validate(directoryDocument, {
    roles: [],
    groups: [{ name: "Not A Key", title: "G" }],
    users: [
      { ...user, email: "nobody" },
      { ...user, color: "red" },
    ],
  });
  expect(messages(result)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("/groups/0/name must match pattern"),
      expect.stringContaining("/users/0/email must match pattern"),
      '/users/1 unknown field "color"',
      expect.stringContaining("/users has the same name twice"),
    ]),
  );
});

test("a missing field is named at its parent", () => {
  expect(messages(validate(siteDocument, { title: "A", housekeeping: { schedule: "0 3 * * *" } }))).toEqual(
    [],
  );
  expect(messages(validate(courseDocument, { manager: "m" }))).toContain(' missing field "title"');
});

test.each(["0 3 * * *", "*/15 0-6,22 1,15 * MON-FRI", "17 3 * * 7", "59 23 31 12 SUN"])(
  "%s is a schedule",
  (cron) => {
    expect(cron).toMatch(new RegExp(CRON_PATTERN));
  },
);

test.each([
  "",
  "* * * *",
  "60 * * * *",
  "0 24 * * *",
  "0 0 32 * *",
  "0 0 0 * *",
  "0 0 * 13 *",
  "0 0 * * 8",
  "@daily",
  "0 0 * * * *",
  "*/0 * * * *",
])("%j is no schedule", (cron) => {
  expect(cron).not.toMatch(new RegExp(CRON_PATTERN));
});

test.each(["a.example.org", "academy", "x1-2.y"])("%s is a hostname", (name) => {
  expect(name).toMatch(new RegExp(HOSTNAME_PATTERN));
});

test.each(["Bad_Host", "-a.org", "a..b", "a.org.", "a b", "https://a.org", `${"x".repeat(64)}.org`])(
  "%s is no hostname",
  (name) => {
    expect(name).not.toMatch(new RegExp(HOSTNAME_PATTERN));
  },
);

test.each([
  ["1Gi", true],
  ["250m", true],
  ["1.5", true],
  ["1e3", true],
  ["-1Gi", false],
  ["1 Gi", false],
  ["1GiB", false],
])("%s is a quantity: %s", (text, is) => {
  expect(new RegExp(QUANTITY_PATTERN).test(text)).toBe(is);
});
