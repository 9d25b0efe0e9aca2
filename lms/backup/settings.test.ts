// What a run is told: every wrong variable is named with its value and the remedy.
import { describe, expect, test } from "vitest";
import { backupSettings } from "./settings.ts";
import { SettingsError } from "./variables.ts";

const GOOD = {
  PGHOST: "db.example.org",
  PGPORT: "5432",
  PGDATABASE: "main",
  PGUSER: "main",
  PGPASSWORD: "hunter2-hunter2",
  PROVOST_BACKUP_LOCATION: "s3://bucket/school?endpoint=https://s3.example.org",
  PROVOST_BACKUP_SITE: "academy/main",
  PROVOST_BACKUP_ID: "nightly-20261126-1a2b3c4d",
  PROVOST_BACKUP_ORIGIN: "schedule",
} satisfies NodeJS.ProcessEnv;

test("what is given is read, and what is left out is not there", () => {
  expect(backupSettings(GOOD)).toEqual({
    database: expect.objectContaining({ host: "db.example.org", port: 5432, database: "main" }) as unknown,
    location: GOOD.PROVOST_BACKUP_LOCATION,
    site: "academy/main",
    id: "nightly-20261126-1a2b3c4d",
    origin: "schedule",
    recipients: [],
  });
});

test("recipients, expiry and retention", () => {
  const manual = {
    ...GOOD,
    PROVOST_BACKUP_ORIGIN: "manual",
    PROVOST_BACKUP_EXPIRES_AT: "2026-12-24T18:00:00Z",
  };
  expect(
    backupSettings({
      ...manual,
      PROVOST_BACKUP_RECIPIENTS: "age1qqqqqqqqqqqqqq, age1zzzzzzzzzzzzzz",
      PROVOST_BACKUP_RETENTION: '{"keepLast":2,"daily":7,"timeZone":"Europe/Berlin"}',
    }),
  ).toMatchObject({
    expiresAt: "2026-12-24T18:00:00Z",
    recipients: ["age1qqqqqqqqqqqqqq", "age1zzzzzzzzzzzzzz"],
    retention: { keepLast: 2, daily: 7, timeZone: "Europe/Berlin" },
  });
});

describe("wrong", () => {
  test.each([
    ["PROVOST_BACKUP_LOCATION", "ftp://x/y", 'location "ftp://x/y" begins with ftp:'],
    ["PROVOST_BACKUP_LOCATION", "", "PROVOST_BACKUP_LOCATION is not set: give a folder or a bucket"],
    ["PROVOST_BACKUP_SITE", "academy", 'is "academy": give namespace/name'],
    ["PROVOST_BACKUP_SITE", "../../etc", 'is "../../etc": give namespace/name'],
    ["PROVOST_BACKUP_SITE", "a/..", 'is "a/..": give namespace/name'],
    ["PROVOST_BACKUP_ID", "a/b", 'PROVOST_BACKUP_ID is "a/b": give lower case letters'],
    ["PROVOST_BACKUP_ID", "..", 'PROVOST_BACKUP_ID is "..": give'],
    ["PROVOST_BACKUP_ORIGIN", "cron", 'PROVOST_BACKUP_ORIGIN is "cron": give schedule or manual'],
    ["PROVOST_BACKUP_EXPIRES_AT", "tomorrow", 'is "tomorrow": give a time such as'],
    ["PROVOST_BACKUP_EXPIRES_AT", "2026-13-01T00:00:00Z", "give a time such as"],
    [
      "PROVOST_BACKUP_EXPIRES_AT",
      "2026-12-01T00:00:00Z",
      "a scheduled backup is kept by PROVOST_BACKUP_RETENTION",
    ],
    ["PROVOST_BACKUP_RECIPIENTS", "bob", 'PROVOST_BACKUP_RECIPIENTS is "bob": give public keys of age'],
    ["PROVOST_BACKUP_RETENTION", "7", "give an object such as"],
    ["PROVOST_BACKUP_RETENTION", "{", "it is not JSON"],
    ["PROVOST_BACKUP_RETENTION", '{"daily":7}', "keepLast is missing"],
    ["PROVOST_BACKUP_RETENTION", '{"keepLast":0}', "keepLast must be a whole number from 1"],
    ["PROVOST_BACKUP_RETENTION", '{"keepLast":1,"daily":-1}', "daily must be a whole number from 0"],
    ["PROVOST_BACKUP_RETENTION", '{"keepLast":1,"hourly":1}', "unknown field hourly"],
    ["PROVOST_BACKUP_RETENTION", '{"keepLast":1,"timeZone":"Mars/Base"}', 'timeZone "Mars/Base" is unknown'],
    ["PGPORT", "many", 'PGPORT is "many"'],
    ["PGDATABASE", "", "PGDATABASE is not set"],
  ])("%s = %s", (name, value, words) => {
    expect(() => backupSettings({ ...GOOD, [name]: value })).toThrow(words);
  });

  test("all faults are told at once", () => {
    const error = new SettingsError([]);
    expect(error).toBeInstanceOf(Error);
    expect(() => backupSettings({ PGPORT: "x" })).toThrow(
      /PGHOST.*PGDATABASE.*PGPORT.*PROVOST_BACKUP_LOCATION.*_SITE.*_ID.*_ORIGIN/,
    );
  });

  test("a secret key in the place of a public one is refused and not repeated", () => {
    const secret = `AGE-SECRET-KEY-1${"Q".repeat(58)}`;
    try {
      backupSettings({ ...GOOD, PROVOST_BACKUP_RECIPIENTS: secret });
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toContain("this is a secret key");
      expect((error as Error).message).not.toContain("QQQQ");
    }
  });
});
