// Backup: one backup run of one site, and where it lies. Schema only; what follows from it lives in controller/backup.
import * as f from "../schema/fields.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const spec = {
  type: "object",
  description: "The run. Immutable: for another one, create another Backup.",
  required: ["tenantRef"],
  properties: {
    tenantRef: {
      ...f.localRef,
      description:
        "The LmsTenant to back up, in the same namespace. Its `spec.backup` says where to, and whether to encrypt.",
    },
    scheduledTime: {
      type: "string",
      format: "date-time",
      description:
        "The time of the schedule that this run is for; set by the operator. Such backups go by the tenant's retention.",
    },
    expiresAfterDays: {
      type: "integer",
      format: "int32",
      description:
        "The backup may be removed so many days after it was made, by a later backup's run. Absent: it is kept until somebody removes it. Goes without `scheduledTime`.",
      minimum: 1,
      maximum: 36500,
    },
  },
  "x-kubernetes-validations": [
    { rule: "self == oldSelf", message: "a Backup is one run and cannot be changed: create another Backup" },
    {
      rule: "!has(self.expiresAfterDays) || !has(self.scheduledTime)",
      message:
        "expiresAfterDays goes without scheduledTime, whose backups go by the tenant's retention: remove one",
    },
  ],
} as const satisfies Structural;

const status = {
  type: "object",
  description: "What came of it.",
  properties: {
    observedGeneration: f.observedGeneration,
    conditions: f.conditions,
    startedAt: { type: "string", format: "date-time", description: "When the run was ordered." },
    completedAt: { type: "string", format: "date-time", description: "When the backup was complete." },
    failedAt: { type: "string", format: "date-time", description: "When the run was given up." },
    takenAt: {
      type: "string",
      format: "date-time",
      description: "The moment of the cut: what was committed before is in it, what came later is not.",
    },
    location: {
      type: "string",
      description:
        "Where backups of this site lie: `s3://bucket/prefix?…`, or `persistentvolumeclaim/<name>`.",
      maxLength: 1024,
    },
    path: { type: "string", description: "Folder of this backup below the location.", maxLength: 512 },
    digest: {
      type: "string",
      description: "SHA-256 of the backup's manifest, which names every part with its own.",
      maxLength: 80,
    },
    encrypted: { type: "boolean", description: "Whether it takes an age identity to read it." },
    runtimeVersion: { type: "string", description: "Version of the LMS that made it.", maxLength: 64 },
    schemaVersion: { type: "integer", format: "int32", description: "Version of the database schema in it." },
    rows: { type: "integer", format: "int64", description: "Rows of all tables." },
    files: { type: "integer", format: "int64", description: "Files of the courses." },
    storedBytes: { type: "integer", format: "int64", description: "Bytes as stored." },
    size: { type: "string", description: "The same for people, e.g. `12.5 MB`.", maxLength: 32 },
  },
} as const satisfies Structural;

export const backupKind = {
  kind: "Backup",
  plural: "backups",
  singular: "backup",
  shortNames: ["lbk"],
  scope: "Namespaced",
  description:
    "Backup is one backup run of a learning site and where it lies. Deleting it leaves what it made where it is; retention removes both.",
  spec,
  status,
  rules: [
    {
      rule: "self.metadata.name.size() <= 52",
      message:
        "the name of a Backup has at most 52 characters, for a Job is named after it: choose a shorter one",
    },
  ],
  columns: [
    { name: "Tenant", type: "string", jsonPath: ".spec.tenantRef.name", description: "The site." },
    { name: "Taken", type: "date", jsonPath: ".status.takenAt", description: "The moment of the cut." },
    { name: "Size", type: "string", jsonPath: ".status.size", description: "As stored." },
    { name: "Path", type: "string", jsonPath: ".status.path", priority: 1 },
    { name: "Location", type: "string", jsonPath: ".status.location", priority: 1 },
    ...readyColumns,
  ],
} as const satisfies KindDefinition;

export type BackupSpec = Infer<typeof spec>;
export type BackupSpecInput = InferInput<typeof spec>;
export type BackupStatus = Infer<typeof status>;
export type Backup = Resource<"Backup", BackupSpec, BackupStatus>;
