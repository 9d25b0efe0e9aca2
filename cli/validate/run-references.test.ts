// References of Backups and Restores between the given manifests.
import { expect, test } from "vitest";
import { edit, expectOne, linesOf, TENANT, together } from "./testing.ts";

const WITH_BACKUPS = edit(
  TENANT,
  "  users:\n",
  "  backup:\n    destination:\n      volume:\n        size: 1Gi\n  users:\n",
);
const BACKUP = `apiVersion: provost.dev/v1alpha1
kind: Backup
metadata:
  name: night
spec:
  tenantRef:
    name: academy
`;
const RESTORE = `apiVersion: provost.dev/v1alpha1
kind: Restore
metadata:
  name: back
spec:
  tenantRef:
    name: academy
  mode: InPlace
  confirm: academy
  source:
    backupRef:
      name: night
`;

test("all that is named is there: no fault", () => {
  expect(linesOf(together(WITH_BACKUPS, BACKUP, RESTORE))).toEqual([]);
});

test("a tenant that is not given, and one that is almost right", () => {
  expectOne(
    edit(BACKUP, "name: academy", "name: ▲academy"),
    "warning: spec.tenantRef.name: LmsTenant default/academy is not among the given manifests: give its file too, or make sure that the cluster has it",
  );
  expectOne(
    together(WITH_BACKUPS, edit(BACKUP, "name: academy", "name: ▲acadmy")),
    'warning: spec.tenantRef.name: LmsTenant default/acadmy is not among the given manifests: did you mean "academy"?',
  );
});

test("a tenant that says nothing of backups cannot be backed up, nor restored in place", () => {
  expectOne(
    together(TENANT, edit(BACKUP, "name: academy", "name: ▲academy")),
    "error: spec.tenantRef.name: LmsTenant default/academy does not say where backups lie: set its spec.backup.destination (x.yaml:1)",
  );
});

test("a Backup that is not given is a warning", () => {
  expectOne(
    together(WITH_BACKUPS, BACKUP, edit(RESTORE, "name: night", "name: ▲nigth")),
    'warning: spec.source.backupRef.name: Backup default/nigth is not among the given manifests: did you mean "night"?',
  );
});

test("the Secrets that backups and restores read are looked into", () => {
  const bucket = edit(
    WITH_BACKUPS,
    "      volume:\n        size: 1Gi\n",
    "      s3:\n        bucket: backups\n        secretRef:\n          name: ▲keys\n",
  );
  const secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\nstringData:\n  accessKeyId: a\n";
  expectOne(
    together(bucket, secret),
    'error: spec.backup.destination.s3.secretRef.name: Secret default/keys has no key "secretAccessKey": add it there (x.yaml:35), it has accessKeyId',
  );
});
