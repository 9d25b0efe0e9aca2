// Hours in which a site is not needed.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** `spec.sleep` of a tenant. */
export const sleepPolicy = {
  type: "object",
  description:
    "The site sleeps by the clock, as with `lifecycle: Sleeping`: nothing of it runs, its data and its addresses stay. Backups and updates wait until it wakes. It falls asleep neither in the middle of an update nor of a restore.",
  required: ["schedule", "durationMinutes"],
  properties: {
    schedule: {
      type: "string",
      description: "When it falls asleep: a five-field cron expression.",
      maxLength: 100,
      "x-kubernetes-validations": [
        {
          rule: `self.matches('${f.CRON_PATTERN.replaceAll("\\", "\\\\")}')`,
          message:
            "must be a five-field cron expression (minute hour day month weekday) such as '0 22 * * *'",
        },
      ],
    },
    durationMinutes: {
      type: "integer",
      format: "int32",
      description: "How long it sleeps.",
      minimum: 10,
      maximum: 527040,
    },
    timeZone: {
      type: "string",
      description: "IANA time zone of the schedule; the site's when absent.",
      pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
      maxLength: 64,
    },
  },
} as const satisfies Structural;

/** `status.sleep` of a tenant. */
export const sleepState = {
  type: "object",
  description: "The site sleeps by the clock.",
  required: ["since", "until"],
  properties: {
    since: { type: "string", format: "date-time", description: "When it fell asleep." },
    until: { type: "string", format: "date-time", description: "When it wakes." },
  },
} as const satisfies Structural;
