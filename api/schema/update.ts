// Which release a site is on, when and how it gets another, and how far that is.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** Semantic Versioning 2.0.0, without build metadata. */
export const VERSION_PATTERN =
  "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$";

export const version = {
  type: "string",
  description: "A version such as `1.4.2` (Semantic Versioning).",
  pattern: VERSION_PATTERN,
  maxLength: 64,
} as const satisfies Structural;

export const CHANNELS = ["Stable", "Candidate"] as const;

/** `spec.update` of a tenant. */
export const updatePolicy = {
  type: "object",
  description:
    "Updates of the runtime as a choreography: checks, a verified backup, migrations, a rolling replacement, a health gate; and back by itself when that fails. Goes with `backup`. Absent: another image simply rolls out.",
  properties: {
    policy: {
      type: "string",
      description:
        "Which releases are taken by themselves. `Manual`: none, `version` or `image` says which; `Security`: those marked so, of the same major version; `Patch`: of the same minor version; `Minor`: of the same major version.",
      enum: ["Manual", "Security", "Patch", "Minor"],
      default: "Manual",
    },
    catalogRef: {
      type: "object",
      description: "The ReleaseCatalog that offers the releases.",
      default: { name: "provost" },
      required: ["name"],
      properties: { name: { type: "string", description: "Its name.", minLength: 1, maxLength: 253 } },
      "x-kubernetes-map-type": "atomic",
    },
    channel: {
      type: "string",
      description: "`Candidate` takes releases of both channels, `Stable` only stable ones.",
      enum: CHANNELS,
      default: "Stable",
    },
    approval: {
      type: "string",
      description:
        "`Supervised`: an update waits until somebody sets the annotation `provost.dev/approve-update` to the token in `status.update.approvalToken`. A token is good for one update to one release.",
      enum: ["Automatic", "Supervised"],
      default: "Automatic",
    },
    window: {
      type: "object",
      description: "When updates may begin. Absent: at any time.",
      required: ["schedule", "durationMinutes"],
      properties: {
        schedule: {
          type: "string",
          description: "When the window opens: a five-field cron expression.",
          maxLength: 100,
          "x-kubernetes-validations": [
            {
              rule: `self.matches('${f.CRON_PATTERN.replaceAll("\\", "\\\\")}')`,
              message:
                "must be a five-field cron expression (minute hour day month weekday) such as '0 3 * * SUN'",
            },
          ],
        },
        durationMinutes: {
          type: "integer",
          format: "int32",
          description:
            "How long it stays open. Nothing that visitors could notice begins after it has closed.",
          minimum: 10,
          maximum: 10080,
        },
        timeZone: {
          type: "string",
          description: "IANA time zone of the schedule; the site's when absent.",
          pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
          maxLength: 64,
        },
        exceptSecurity: {
          type: "boolean",
          description: "Security releases do not wait for it.",
          default: false,
        },
      },
    },
    rolloutMinutes: {
      type: "integer",
      format: "int32",
      description: "A new release that does not serve with all replicas within this time goes back.",
      default: 10,
      minimum: 1,
      maximum: 1440,
    },
    gate: {
      type: "object",
      description:
        "The health gate: what must hold while the new release serves. Beside what is said here: every replica stays up and ready, and visits to its own pages and a sign-in succeed.",
      default: {},
      properties: {
        soakMinutes: {
          type: "integer",
          format: "int32",
          description: "How long it must hold before the update counts as done.",
          default: 10,
          minimum: 0,
          maximum: 1440,
        },
        maxErrorPercent: {
          type: "integer",
          format: "int32",
          description:
            "Answers with a server error (5xx) in percent, above what there were before the update.",
          default: 1,
          minimum: 0,
          maximum: 100,
        },
        maxSlowdown: {
          type: "integer",
          format: "int32",
          description:
            "The time within which 95 % of visitors are answered may be so many times what it was; never held against a time below 250 ms.",
          default: 4,
          minimum: 1,
          maximum: 100,
        },
      },
    },
  },
} as const satisfies Structural;

/** What is done, in this order; `Revert…` and `Restore` on the way back. */
export const UPDATE_STEPS = [
  "Approval",
  "Window",
  "Check",
  "Backup",
  "Verify",
  "Stop",
  "FinalBackup",
  "Migrate",
  "Rollout",
  "Soak",
  "RevertStop",
  "Restore",
  "Revert",
] as const;

const release = {
  type: "object",
  description: "A release of the runtime.",
  required: ["image"],
  properties: {
    version: { ...version, description: "Its version, as far as it is known." },
    image: { type: "string", description: "Its image.", maxLength: 512 },
  },
} as const satisfies Structural;

/** `status.update` of a tenant. */
export const updateState = {
  type: "object",
  description: "The update under way, or the last one.",
  required: ["id", "from", "to", "step", "startedAt"],
  properties: {
    id: {
      type: "string",
      description: "Names of everything made for this update begin with it.",
      maxLength: 63,
    },
    from: { ...release, description: "The release before." },
    to: { ...release, description: "The release it is to become." },
    generation: {
      type: "integer",
      format: "int64",
      description:
        "metadata.generation that it was begun for: another manifest is reason to try again what was abandoned.",
    },
    security: { type: "boolean", description: "Whether it is a security release." },
    step: { type: "string", description: "What is being done, or was done last.", enum: UPDATE_STEPS },
    startedAt: { type: "string", format: "date-time", description: "When the release was found." },
    completedAt: { type: "string", format: "date-time", description: "When it came to its end." },
    result: {
      type: "string",
      description:
        "How it ended. `Succeeded`; `RolledBack`: the release before serves again; `Abandoned`: given up before anything of the site was changed; `Failed`: neither release could be brought to serve, the message says what to do.",
      enum: ["Succeeded", "RolledBack", "Abandoned", "Failed"],
    },
    reason: {
      type: "string",
      description: "Stable CamelCase word: why it waits or how it ended.",
      maxLength: 128,
    },
    message: { type: "string", description: "The same for people.", maxLength: 2048 },
    steps: {
      type: "array",
      description: "The steps that were begun, in order.",
      maxItems: 16,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        description: "One step.",
        required: ["name", "startedAt"],
        properties: {
          name: { type: "string", description: "Its name.", enum: UPDATE_STEPS },
          startedAt: { type: "string", format: "date-time", description: "When it was begun." },
          completedAt: { type: "string", format: "date-time", description: "When it was over." },
        },
      },
    },
    approvalToken: {
      type: "string",
      description: "What the annotation `provost.dev/approve-update` has to say for the update to go on.",
      maxLength: 64,
    },
    schema: {
      type: "object",
      description: "What becomes of the database's schema.",
      required: ["from", "known", "compatible"],
      properties: {
        from: { type: "integer", format: "int32", description: "Schema before." },
        known: {
          type: "integer",
          format: "int32",
          description: "Newest schema that the release before knows.",
        },
        compatible: {
          type: "boolean",
          description:
            "Whether the release before can work with the new schema. If not, the site stops for the migration, and going back restores the data of before.",
        },
      },
    },
    before: {
      type: "object",
      description: "How the site answered before, for the health gate.",
      required: ["requests", "failed", "p95Ms"],
      properties: {
        requests: { type: "integer", format: "int64", description: "Requests that this is made of." },
        failed: { type: "integer", format: "int64", description: "Those answered with a 5xx." },
        p95Ms: {
          type: "integer",
          format: "int32",
          description: "95 % were answered within this, milliseconds.",
        },
      },
    },
    backup: { type: "string", description: "Name of the Backup made for it.", maxLength: 253 },
    verified: { type: "boolean", description: "Whether that backup was proven by a drill." },
    savedWork: {
      type: "object",
      description:
        "Where everything lies that was on the site when the data went back, with what learners had done meanwhile.",
      required: ["location", "path"],
      properties: {
        location: { type: "string", description: "As in a Backup's status.", maxLength: 1024 },
        path: { type: "string", description: "Folder below it.", maxLength: 512 },
      },
    },
  },
} as const satisfies Structural;

/** `status.updates` of a tenant. */
export const updateHistory = {
  type: "array",
  description: "The updates that came to an end, the newest first; ten at most.",
  maxItems: 10,
  "x-kubernetes-list-type": "atomic",
  items: {
    type: "object",
    description: "One update.",
    required: ["id", "to", "startedAt", "completedAt", "result"],
    properties: {
      id: updateState.properties.id,
      from: updateState.properties.from,
      to: updateState.properties.to,
      startedAt: updateState.properties.startedAt,
      completedAt: updateState.properties.completedAt,
      result: updateState.properties.result,
      reason: updateState.properties.reason,
      message: updateState.properties.message,
    },
  },
} as const satisfies Structural;
