// What is made of a backup's last words.
import { expect, test } from "vitest";
import { backupReport } from "./report.ts";

test("a failure is a report, too", () => {
  const text = JSON.stringify({ ok: false, reason: "DestinationFull", message: "no room" });
  expect(backupReport(text)).toMatchObject({ ok: false, message: "no room" });
});

test.each([
  ["the end of a log", '{"level":"fatal"\nKilled'],
  ["another object", '{"ok":true}'],
  ["one with nothing in it", '{"ok":true,"backup":null}'],
  ["a reason that nobody knows", '{"ok":false,"reason":"Tired","message":"x"}'],
  ["null", "null"],
])("%s is no report", (_, text) => {
  expect(backupReport(text)).toBeUndefined();
});
