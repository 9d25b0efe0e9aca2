// Restore drills: when a backup is tried, and what was tried last.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** `spec.backup.drills` of a tenant. */
export const drillPolicy = {
  type: "object",
  description:
    "Restore drills: the newest complete backup is restored into a scratch database, the LMS is started on it, and what should hold is tried. Absent: none are made.",
  required: ["schedule"],
  properties: {
    schedule: {
      type: "string",
      description:
        "When drills are made: a five-field cron expression, in the time zone of backups. A missed drill is caught up once.",
      maxLength: 100,
      "x-kubernetes-validations": [
        {
          rule: `self.matches('${f.CRON_PATTERN.replaceAll("\\", "\\\\")}')`,
          message:
            "must be a five-field cron expression (minute hour day month weekday) such as '0 5 * * SUN'",
        },
      ],
    },
    suspend: { type: "boolean", description: "Make no drills for now.", default: false },
    identitySecretRef: {
      ...f.keyRef,
      description:
        "Secret key with the text of an age identity file, when backups are encrypted: with it the cluster can read every backup. Without it an encrypted backup is not drilled, and `RestoreVerified` says so.",
    },
    scratchSize: {
      ...f.volumeSize,
      description:
        "Most that the scratch database may take of its node's disk; the node's own limits apply when absent.",
    },
    deadlineMinutes: {
      type: "integer",
      format: "int32",
      description: "A drill that takes longer has failed.",
      default: 120,
      minimum: 1,
      maximum: 2880,
    },
  },
} as const satisfies Structural;

/** `status.drill` of a tenant. */
export const drillState = {
  type: "object",
  description: "What the schedule of restore drills has done.",
  properties: {
    schedule: { type: "string", description: "Schedule and time zone that this is about.", maxLength: 200 },
    since: {
      type: "string",
      format: "date-time",
      description: "When that schedule was first seen; no time before it is caught up.",
    },
    lastScheduledTime: {
      type: "string",
      format: "date-time",
      description: "Scheduled time of the last drill that was ordered.",
    },
    nextScheduledTime: { type: "string", format: "date-time", description: "When the next one is due." },
  },
} as const satisfies Structural;
