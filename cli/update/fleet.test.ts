// A fleet as people and programs see it.
import { expect, test } from "vitest";
import type { LmsTenant, LmsTenantStatus } from "../../api/index.ts";
import { fleet, fleetText } from "./fleet.ts";

const AT = "2027-01-01T00:00:00Z";
const site = (name: string, status: Partial<LmsTenantStatus>, update: object | null = {}): LmsTenant =>
  ({
    metadata: { namespace: "schools", name },
    spec: { ...(update && { update }) },
    status,
  }) as never;
const upToDate = (status: "True" | "False", reason: string): Partial<LmsTenantStatus> => ({
  version: "1.0.0",
  conditions: [{ type: "UpToDate", status, reason, message: `${reason}.`, lastTransitionTime: AT }],
});
const update = (step: string, more: object = {}) =>
  ({
    update: {
      id: "u",
      from: { image: "a" },
      to: { image: "b", version: "1.1.0" },
      step,
      startedAt: AT,
      steps: [{ name: step, startedAt: AT }],
      ...more,
    },
  }) as Partial<LmsTenantStatus>;

const SITES = [
  site("well", upToDate("True", "UpToDate")),
  site("waits", { ...upToDate("False", "WaitingForWindow"), ...update("Window") }),
  site("rolls", { ...upToDate("False", "RollingOut"), ...update("Rollout") }),
  site("went-back", {
    ...upToDate("False", "UpdateRolledBack"),
    ...update("Revert", { result: "RolledBack", completedAt: AT }),
  }),
  site("plain", {}, null),
];

test("what needs somebody comes first, and sites without spec.update are not among them", () => {
  expect(fleet(SITES).map(({ tenant }) => tenant)).toEqual(["went-back", "rolls", "waits", "well"]);
});

test("as a table", () => {
  expect(fleetText(fleet(SITES), new Date("2027-01-01T00:30:00Z"))).toBe(
    `NAMESPACE  TENANT     VERSION  TO     STEP        FOR  STATUS
schools    went-back  1.0.0    1.1.0  RolledBack  30m  UpdateRolledBack
schools    rolls      1.0.0    1.1.0  Rollout     30m  RollingOut
schools    waits      1.0.0    1.1.0  Window      30m  WaitingForWindow
schools    well       1.0.0    -      -           -    UpToDate
1 of 4 sites are up to date
`,
  );
  expect(fleetText([], new Date())).toBe("no LmsTenant has spec.update\n");
});
