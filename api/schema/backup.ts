// Where backups lie, when they are made, how long they are kept.
import { drillPolicy } from "./drills.ts";
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** An age recipient: X25519 (`age1…`) or one of its hybrid post-quantum form. Source: C2SP age specification. */
export const AGE_RECIPIENT_PATTERN = "^age1[a-z0-9]+$";

const volume = {
  type: "object",
  description:
    "A volume in the cluster. It outlives the tenant, but not a lost cluster: for that, use a bucket. Exactly one of `size` and `claimName`.",
  properties: {
    size: {
      ...f.volumeSize,
      description:
        "The operator claims a volume of this capacity as `<tenant>-backups`, e.g. `20Gi`. It can grow where the StorageClass allows, not shrink. The claim is never removed by the operator.",
    },
    className: f.storageClassName,
    claimName: {
      type: "string",
      description: "A PersistentVolumeClaim of yours in the same namespace.",
      minLength: 1,
      maxLength: 253,
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "has(self.size) != has(self.claimName)",
      message: "exactly one of size and claimName must be set: set one, remove the other",
    },
    {
      rule: "!has(self.className) || has(self.size)",
      message: "className goes with size: remove it, or set size instead of claimName",
    },
  ],
} as const satisfies Structural;

/** A bucket. */
export const backupBucket = {
  type: "object",
  description: "A bucket of an S3-compatible store. It must exist.",
  required: ["bucket", "secretRef"],
  properties: {
    bucket: {
      type: "string",
      description: "Name of the bucket.",
      pattern: "^[a-z0-9][-.a-z0-9]*[a-z0-9]$",
      minLength: 3,
      maxLength: 63,
    },
    prefix: {
      type: "string",
      description: "Folder in the bucket, without slashes at its ends; several clusters may share a bucket.",
      pattern: "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$",
      maxLength: 200,
    },
    endpoint: {
      type: "string",
      description:
        "Address of the store, e.g. `https://s3.example.org`; AWS when absent. With an endpoint the bucket is named in the path.",
      pattern: "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
      maxLength: 253,
    },
    region: {
      type: "string",
      description: "Region of the bucket, e.g. `eu-central-1`; `us-east-1` when absent.",
      pattern: "^[a-z0-9-]+$",
      maxLength: 63,
    },
    secretRef: {
      ...f.localRef,
      description:
        "Secret with the keys `accessKeyId` and `secretAccessKey`, and `sessionToken` where there is one. What it may do: put, get, list and delete objects, and abort multipart uploads.",
    },
    caConfigMapRef: {
      ...f.keyRef,
      description:
        "ConfigMap key with the certificates (PEM) to trust, for a store with a certificate of your own authority.",
    },
  },
} as const satisfies Structural;

/** `spec.backup` of a tenant. */
export const backupPolicy = {
  type: "object",
  description:
    "Backups of the site: database and files in one consistent cut, made while the site serves. Absent: none are made.",
  required: ["destination"],
  properties: {
    destination: {
      type: "object",
      description: "Where backups lie. Exactly one of `volume` and `s3`.",
      properties: { volume, s3: backupBucket },
      "x-kubernetes-validations": [
        {
          rule: "has(self.volume) != has(self.s3)",
          message: "exactly one of volume and s3 must be set: set one, remove the other",
        },
      ],
    },
    schedule: {
      type: "string",
      description:
        "When backups are made: a five-field cron expression. Absent: only when a Backup is created. Of several times that were missed (operator down, suspended), the last one is caught up, once.",
      maxLength: 100,
      "x-kubernetes-validations": [
        {
          rule: `self.matches('${f.CRON_PATTERN.replaceAll("\\", "\\\\")}')`,
          message:
            "must be a five-field cron expression (minute hour day month weekday) such as '17 3 * * *'",
        },
      ],
    },
    timeZone: {
      type: "string",
      description: "IANA time zone of the schedule and of retention's days; the site's when absent.",
      pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
      maxLength: 64,
    },
    immediate: {
      type: "boolean",
      description: "Make the first backup as soon as a schedule is declared or changed.",
      default: false,
    },
    suspend: {
      type: "boolean",
      description: "Make no scheduled backups for now. A Backup that is created by hand is still made.",
      default: false,
    },
    encryption: {
      type: "object",
      description:
        "Encrypt backups in the age format (age-encryption.org) before they leave the pod. The cluster alone cannot read them: keep the identities elsewhere, and try them.",
      required: ["recipients"],
      properties: {
        recipients: {
          type: "array",
          description: "Public keys (`age1…`); each of their identities can read the backup.",
          minItems: 1,
          maxItems: 8,
          "x-kubernetes-list-type": "set",
          items: {
            type: "string",
            description: "An age recipient.",
            pattern: AGE_RECIPIENT_PATTERN,
            minLength: 55,
            maxLength: 2100,
          },
        },
      },
    },
    retention: {
      type: "object",
      description:
        "Which scheduled backups are kept; one is kept when any rule keeps it. The newest and the newest verified one always stay. Absent: all are kept. Backups made by hand go by their own `expiresAfterDays`.",
      properties: {
        keepLast: {
          type: "integer",
          format: "int32",
          description: "The newest so many.",
          default: 3,
          minimum: 1,
          maximum: 1000,
        },
        daily: {
          type: "integer",
          format: "int32",
          description: "The last one of each of the newest so many days that have any.",
          minimum: 1,
          maximum: 366,
        },
        weekly: {
          type: "integer",
          format: "int32",
          description: "The last one of each of so many weeks (ISO 8601, Monday to Sunday).",
          minimum: 1,
          maximum: 520,
        },
        monthly: {
          type: "integer",
          format: "int32",
          description: "The last one of each of so many months.",
          minimum: 1,
          maximum: 120,
        },
      },
    },
    drills: drillPolicy,
    deadlineMinutes: {
      type: "integer",
      format: "int32",
      description: "A backup that takes longer has failed.",
      default: 120,
      minimum: 1,
      maximum: 2880,
    },
    resources: {
      ...f.computeResources,
      description:
        "Compute resources of the backup's container; memory does not grow with the site. Absent: the operator's defaults.",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "!self.immediate || has(self.schedule)",
      message: "immediate goes with schedule: set a schedule, or create a Backup",
    },
  ],
} as const satisfies Structural;

/** `status.backup` of a tenant. */
export const backupState = {
  type: "object",
  description: "What the schedule of backups has done.",
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
      description: "Scheduled time of the last backup that was ordered.",
    },
    nextScheduledTime: { type: "string", format: "date-time", description: "When the next one is due." },
  },
} as const satisfies Structural;
