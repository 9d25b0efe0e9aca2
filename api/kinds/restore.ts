// Restore: one restore of one backup. Schema only; what follows from it lives in controller/restore.
import * as f from "../schema/fields.ts";
import { restoreSource } from "../schema/restore.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const spec = {
  type: "object",
  description: "The restore. Immutable: for another one, create another Restore.",
  required: ["tenantRef", "source"],
  properties: {
    tenantRef: {
      ...f.localRef,
      description:
        "The LmsTenant, in the same namespace: which is restored (`InPlace`), whose backup is tried (`Verify`), or which is the model of the new site (`NewTenant`).",
    },
    mode: {
      type: "string",
      description:
        "`Verify`: restore into a scratch database that is thrown away, start the LMS on it, try everything; the site is not touched. `InPlace`: put the site back to what the backup holds, after a safety backup of what it is now. `NewTenant`: make another site like this one with the backup's data.",
      enum: ["Verify", "InPlace", "NewTenant"],
      default: "Verify",
    },
    source: restoreSource,
    confirm: {
      type: "string",
      description: "The name in `tenantRef`, once more: with `InPlace` everything since the backup goes.",
      maxLength: 253,
    },
    newTenant: {
      type: "object",
      description: "The new site, with `NewTenant`. Everything else is as in the model's spec of now.",
      required: ["name", "hostname"],
      properties: {
        name: {
          type: "string",
          description: "Name of the LmsTenant that is made; it stays when this Restore is deleted.",
          pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$",
          maxLength: 40,
        },
        hostname: {
          type: "string",
          description: "DNS name of the new site in lower case. It must be free.",
          pattern: f.HOSTNAME_PATTERN,
          minLength: 1,
          maxLength: 253,
        },
        anonymize: {
          type: "boolean",
          description:
            "People become strangers: names, addresses, passwords and what they wrote are replaced. For staging copies.",
          default: false,
        },
      },
    },
    scheduledTime: {
      type: "string",
      format: "date-time",
      description: "The time of the schedule that this drill is for; set by the operator.",
    },
    deadlineMinutes: {
      type: "integer",
      format: "int32",
      description: "A restore that takes longer has failed; what was there before stays.",
      default: 240,
      minimum: 1,
      maximum: 2880,
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "self == oldSelf",
      message: "a Restore is one run and cannot be changed: create another Restore",
    },
    {
      rule: "self.mode != 'InPlace' || (has(self.confirm) && self.confirm == self.tenantRef.name)",
      message:
        "InPlace replaces everything the site has: set confirm to the name in tenantRef to say that this is meant",
    },
    {
      rule: "self.mode == 'InPlace' || !has(self.confirm)",
      message: "confirm goes with mode InPlace: remove it, or set the mode",
    },
    {
      rule: "(self.mode == 'NewTenant') == has(self.newTenant)",
      message: "newTenant goes with mode NewTenant and only with it: set both or neither",
    },
    {
      rule: "!has(self.newTenant) || self.newTenant.name != self.tenantRef.name",
      message: "newTenant.name is the name in tenantRef: choose another one, or use mode InPlace",
    },
    {
      rule: "!has(self.scheduledTime) || self.mode == 'Verify'",
      message: "scheduledTime goes with mode Verify: remove it",
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
    completedAt: { type: "string", format: "date-time", description: "When it was complete." },
    failedAt: { type: "string", format: "date-time", description: "When it was given up." },
    path: { type: "string", description: "Folder of the backup below its location.", maxLength: 512 },
    digest: { type: "string", description: "SHA-256 of the backup's manifest.", maxLength: 80 },
    takenAt: {
      type: "string",
      format: "date-time",
      description: "The moment of the backup: what the site is now, or would be.",
    },
    rows: { type: "integer", format: "int64", description: "Rows that were restored." },
    files: { type: "integer", format: "int64", description: "Files among them." },
    fromSchema: { type: "integer", format: "int32", description: "Version of the backup's schema." },
    schemaVersion: { type: "integer", format: "int32", description: "Version it was migrated up to." },
    seconds: {
      type: "integer",
      format: "int32",
      description:
        "How long it took, from the first byte read to a database that is ready; with `Verify`, to the first page of the running site: the measured recovery time.",
    },
    safetyBackup: {
      type: "object",
      description: "With `InPlace`: what was there before.",
      required: ["location", "path"],
      properties: {
        location: { type: "string", description: "Where it lies.", maxLength: 1024 },
        path: { type: "string", description: "Its folder there: `source.path` to go back.", maxLength: 512 },
      },
    },
    checks: {
      type: "array",
      description: "With `Verify`: what was tried.",
      maxItems: 32,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        description: "One thing that was tried.",
        required: ["name", "ok", "detail"],
        properties: {
          name: { type: "string", description: "Which.", maxLength: 63 },
          ok: { type: "boolean", description: "Whether it holds." },
          detail: { type: "string", description: "What was found.", maxLength: 1024 },
        },
      },
    },
  },
} as const satisfies Structural;

export const restoreKind = {
  kind: "Restore",
  plural: "restores",
  singular: "restore",
  shortNames: ["lrs"],
  scope: "Namespaced",
  description:
    "Restore is one restore of one backup: tried on a scratch database, put in the place of a site, or made into a new site.",
  spec,
  status,
  rules: [
    {
      rule: "self.metadata.name.size() <= 52",
      message:
        "the name of a Restore has at most 52 characters, for a Job is named after it: choose a shorter one",
    },
  ],
  columns: [
    { name: "Tenant", type: "string", jsonPath: ".spec.tenantRef.name", description: "The site." },
    { name: "Mode", type: "string", jsonPath: ".spec.mode", description: "What is done." },
    { name: "Taken", type: "date", jsonPath: ".status.takenAt", description: "The moment of the backup." },
    { name: "Seconds", type: "integer", jsonPath: ".status.seconds", description: "How long it took." },
    { name: "Path", type: "string", jsonPath: ".status.path", priority: 1 },
    ...readyColumns,
  ],
} as const satisfies KindDefinition;

export type RestoreSpec = Infer<typeof spec>;
export type RestoreSpecInput = InferInput<typeof spec>;
export type RestoreStatus = Infer<typeof status>;
export type Restore = Resource<"Restore", RestoreSpec, RestoreStatus>;
