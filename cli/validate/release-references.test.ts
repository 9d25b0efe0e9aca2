// References of tenants to releases between the given manifests.
import { expect, test } from "vitest";
import { edit, expectOne, linesOf, TENANT, together } from "./testing.ts";

const UPDATED = edit(
  TENANT,
  "  users:\n",
  "  backup:\n    destination:\n      volume:\n        size: 1Gi\n  version: 1.4.2\n  update: {}\n  users:\n",
);
const CATALOG = `apiVersion: provost.dev/v1alpha1
kind: ReleaseCatalog
metadata:
  name: provost
spec:
  releases:
    - version: 1.4.2
      image: registry.example.org/lms@sha256:00
`;

test("the release that is named is there: no fault", () => {
  expect(linesOf(together(UPDATED, CATALOG))).toEqual([]);
});

test("a catalog that is not given is a warning", () => {
  expectOne(
    edit(UPDATED, "version: 1.4.2", "version: ▲1.4.2"),
    "warning: spec.version: ReleaseCatalog provost is not among the given manifests: give its file too, or make sure that the cluster has it",
  );
});

test("a release that the catalog has not", () => {
  expectOne(
    together(edit(UPDATED, "version: 1.4.2", "version: ▲1.4.3"), CATALOG),
    'error: spec.version: ReleaseCatalog provost has no release 1.4.3: did you mean "1.4.2"?',
  );
});

test("time zones of windows are looked up, and rules between fields hold", () => {
  const window =
    'update: { window: { schedule: "0 3 * * *", durationMinutes: 60, timeZone: ▲Europe/Berlinn } }';
  expectOne(
    together(edit(UPDATED, "update: {}", window), CATALOG),
    'error: spec.update.window.timeZone: "Europe/Berlinn" is not a time zone: did you mean "Europe/Berlin"?',
  );
  expect(
    linesOf(together(edit(UPDATED, "  version: 1.4.2\n", "  version: 1.4.2\n  image: x\n"), CATALOG)),
  ).toEqual([expect.stringContaining("only one of version and image can be set")]);
});
