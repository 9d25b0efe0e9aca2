// What a restore is told: every fault at once, and whose credentials are whose.
import { describe, expect, test } from "vitest";
import { restoreSettings } from "./settings.ts";

const GOOD = {
  PGHOST: "db",
  PGDATABASE: "lms",
  PROVOST_RESTORE_MODE: "empty",
  PROVOST_RESTORE_LOCATION: "s3://backups/school",
  PROVOST_RESTORE_PATH: "academy/main/nightly-1a2b3c4d",
  PROVOST_RESTORE_ID: "back-1a2b3c4d",
};
const IN_PLACE = {
  ...GOOD,
  PROVOST_RESTORE_MODE: "in-place",
  PROVOST_BACKUP_LOCATION: "/backups",
  PROVOST_BACKUP_SITE: "academy/main",
  PROVOST_BACKUP_ID: "back-1a2b3c4d",
};

test("the least, and everything", () => {
  expect(restoreSettings(GOOD)).toMatchObject({ mode: "empty", identities: [], anonymize: false });
  expect(restoreSettings(GOOD)).not.toHaveProperty("safety");
  const all = restoreSettings({
    ...IN_PLACE,
    PROVOST_RESTORE_DIGEST: `sha256:${"a".repeat(64)}`,
    PROVOST_RESTORE_IDENTITIES: "# mine\nAGE-SECRET-KEY-1ABC\n\nAGE-SECRET-KEY-1DEF\n",
    PROVOST_BACKUP_EXPIRES_AT: "2027-01-01T00:00:00Z",
  });
  expect(all.identities).toEqual(["AGE-SECRET-KEY-1ABC", "AGE-SECRET-KEY-1DEF"]);
  expect(all.safety).toEqual({
    location: "/backups",
    site: "academy/main",
    id: "back-1a2b3c4d",
    expiresAt: "2027-01-01T00:00:00Z",
    recipients: [],
  });
});

describe("credentials", () => {
  test("without a prefix are those of the source, too", () => {
    const { sourceEnv } = restoreSettings({ ...GOOD, AWS_ACCESS_KEY_ID: "shared" });
    expect(sourceEnv["AWS_ACCESS_KEY_ID"]).toBe("shared");
  });

  test("with the prefix are the source's alone, and nothing of the others is mixed in", () => {
    const { sourceEnv } = restoreSettings({
      ...IN_PLACE,
      AWS_ACCESS_KEY_ID: "safety",
      AWS_SESSION_TOKEN: "safety's",
      PROVOST_SOURCE_AWS_ACCESS_KEY_ID: "source",
      PROVOST_SOURCE_AWS_SECRET_ACCESS_KEY: "hidden",
    });
    expect(sourceEnv).toMatchObject({ AWS_ACCESS_KEY_ID: "source", AWS_SECRET_ACCESS_KEY: "hidden" });
    expect(sourceEnv).not.toHaveProperty("AWS_SESSION_TOKEN");
  });
});

test.each<[Record<string, string>, RegExp]>([
  [
    { PROVOST_RESTORE_MODE: "sideways" },
    /PROVOST_RESTORE_MODE is "sideways": give one of empty, in-place, verify/,
  ],
  [{ PROVOST_RESTORE_PATH: "nightly" }, /PROVOST_RESTORE_PATH is "nightly": give namespace\/name\/id/],
  [{ PROVOST_RESTORE_DIGEST: "abc" }, /PROVOST_RESTORE_DIGEST is "abc": give sha256:/],
  [{ PROVOST_RESTORE_ANONYMIZE: "yes" }, /PROVOST_RESTORE_ANONYMIZE is "yes": give true or false/],
  [{ PGHOST: "" }, /PGHOST is not set/],
  [
    { PROVOST_RESTORE_MODE: "in-place" },
    /PROVOST_BACKUP_LOCATION is not set.*PROVOST_BACKUP_SITE.*PROVOST_BACKUP_ID/,
  ],
])("%j is told with its remedy", (change, words) => {
  expect(() => restoreSettings({ ...GOOD, ...change })).toThrow(words);
});

test("a key that stands in the wrong place is not repeated", () => {
  const wrong = { ...GOOD, PROVOST_RESTORE_IDENTITIES: "AGE-SECRET-KEY-1ABC and more" };
  expect(() => restoreSettings({ ...wrong, PROVOST_RESTORE_IDENTITIES: "key: AGE-SECRET-KEY-1ABC" })).toThrow(
    /AGE-SECRET-KEY-…/,
  );
  expect(() =>
    restoreSettings({ ...wrong, PROVOST_RESTORE_IDENTITIES: "key: AGE-SECRET-KEY-1ABC" }),
  ).not.toThrow(/1ABC/);
});
