// The report of a run: never longer than its reader takes, never half of one.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupReport } from "../../api/index.ts";
import { REPORT_BYTES, reportText, writeReport } from "./report.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "provost-report-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SUCCESS: Extract<BackupReport, { ok: true }> = {
  ok: true,
  backup: {
    id: "nightly",
    path: "academy/main/nightly",
    takenAt: "2026-11-26T00:00:00Z",
    completedAt: "2026-11-26T00:01:00Z",
    runtimeVersion: "0.1.0",
    schemaVersion: 2,
    rows: 1,
    files: 1,
    fileBytes: 1,
    storedBytes: 1,
    encrypted: false,
    digest: `sha256:${"0".repeat(64)}`,
  },
  removed: ["a", "b"],
};

test("a report that fits is told as it is", () => {
  expect(JSON.parse(reportText(SUCCESS))).toEqual(SUCCESS);
});

test.each<[string, BackupReport]>([
  ["a long message", { ok: false, reason: "Unexpected", message: `begin ${"x".repeat(50_000)} end` }],
  ["one of wide letters", { ok: false, reason: "Unexpected", message: `begin ${"🙂".repeat(9_000)} end` }],
  [
    "one of control characters",
    { ok: false, reason: "Unexpected", message: `begin ${"\u0001".repeat(9_000)} end` },
  ],
  ["many removed", { ...SUCCESS, removed: Array.from({ length: 5_000 }, (_, n) => `nightly-${n}`) }],
  ["long names", { ...SUCCESS, removed: Array.from({ length: 99 }, (_, n) => `${"n".repeat(250)}${n}`) }],
  ["long trouble", { ...SUCCESS, removalTrouble: `begin ${"x".repeat(9_000)} end` }],
])("%s: it is shortened to what fits, and is a report", (_, report) => {
  const text = reportText(report);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(REPORT_BYTES);
  const read = JSON.parse(text) as BackupReport;
  expect(read.ok).toBe(report.ok);
  if (!read.ok) expect(read.message).toMatch(/^begin .* end$/su);
  else {
    expect(read.backup).toEqual(SUCCESS.backup);
    expect(read.removed.length).toBeGreaterThan(0);
    expect(report.ok && report.removed.slice(0, read.removed.length)).toEqual(read.removed);
  }
});

test("it replaces what was in the file, and leaves nothing beside it", () => {
  const file = path.join(folder, "report.json");
  writeReport(file, reportText({ ok: false, reason: "Unexpected", message: "first" }));
  writeReport(file, reportText(SUCCESS));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(SUCCESS);
  expect(readdirSync(folder)).toEqual(["report.json"]);
});

test("where nothing can be put beside the file, it is written as it is", () => {
  const place = path.join(folder, "termination");
  mkdirSync(place);
  const file = path.join(place, "log");
  writeReport(file, reportText(SUCCESS));
  // The name of the file beside it is taken, by something that cannot be written to: as good as a folder of others.
  mkdirSync(`${file}.${process.pid}.tmp`);
  chmodSync(place, 0o555);
  expect(() =>
    writeReport(file, reportText({ ok: false, reason: "Unexpected", message: "second" })),
  ).not.toThrow();
  expect(readFileSync(file, "utf8")).toContain("second");
});
