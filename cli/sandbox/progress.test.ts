import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Progress } from "./progress.ts";
import type { ObjectState } from "./readiness.ts";

let written: string;
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const state = (name: string, ready: boolean, message = "m"): ObjectState => ({
  id: `Course/default/${name}`,
  kind: "Course",
  namespace: "default",
  name,
  ready,
  stalled: false,
  reason: ready ? "Ready" : "TenantNotReady",
  message,
});

test("a reminder tells the reason of each object that is awaited, in full, and of no other", () => {
  const progress = new Progress("silent");
  const long = `Waiting for LmsTenant default/academy: ${"x".repeat(500)} end`;
  progress.update(state("waiting", false, long));
  progress.update(state("ready", true));
  progress.update(state("elsewhere", false));
  progress.remind(new Set(["Course/default/waiting", "Course/default/ready", "Course/default/gone"]));
  expect(written).toContain("provost: still waiting for 2 of 3 objects:");
  expect(written).toMatch(/Course default\/waiting +TenantNotReady: Waiting for .* end\n/);
  expect(written).toContain("Course default/gone is not there");
  expect(written).not.toMatch(/default\/ready|elsewhere/);
});

test("with everything Ready it is the sites that are waited for", () => {
  const progress = new Progress("silent");
  progress.update(state("ready", true));
  progress.remind(new Set(["Course/default/ready"]));
  expect(written).toBe("provost: everything is Ready; still waiting for the sites to answer\n");
});
