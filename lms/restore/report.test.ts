// A report fits where it is read, whatever is in it.
import { expect, test } from "vitest";
import type { RestoreReport } from "../../api/index.ts";
import { restoreReportText } from "./report.ts";

const check = (name: string, length: number) => ({ name, ok: false, detail: `${"x".repeat(length)} remedy` });

test("a short one is as it is", () => {
  const report: RestoreReport = { ok: false, reason: "WrongKey", message: "no key" };
  expect(JSON.parse(restoreReportText(report))).toEqual(report);
});

test("of long words the ends stay, every check stays, and 4 KiB are enough", () => {
  const report: RestoreReport = {
    ok: false,
    reason: "NotWhole",
    message: `it began ${"y".repeat(9_000)} and ended`,
    checks: ["Rows", "Files", "Pages"].map((name) => check(name, 5_000)),
  };
  const text = restoreReportText(report);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  const told = JSON.parse(text) as RestoreReport & { message: string };
  expect(told.message).toMatch(/^it began .* … .* and ended$/);
  expect(told.checks?.map(({ name }) => name)).toEqual(["Rows", "Files", "Pages"]);
  expect(told.checks?.[0]?.detail).toMatch(/remedy$/);
});
