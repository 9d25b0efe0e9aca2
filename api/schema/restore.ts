// Which backup is restored: by its object, or where it lies when nothing else of it is left.
import { backupBucket } from "./backup.ts";
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** `spec.source` of a Restore, `spec.bootstrap.restoreFrom` of a tenant. */
export const restoreSource = {
  type: "object",
  description: "The backup to restore. Exactly one of `backupRef` and `path`.",
  properties: {
    backupRef: {
      ...f.localRef,
      description: "A complete Backup in the same namespace. It lies where its tenant's `spec.backup` says.",
    },
    path: {
      type: "string",
      description:
        "Folder of the backup below the destination, `namespace/tenant/id`, as `provost backup list --location` and `status.path` of a Backup tell it. Needs no Backup object.",
      pattern: "^[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*$",
      maxLength: 512,
    },
    destination: {
      type: "object",
      description:
        "Where `path` lies; the tenant's `spec.backup.destination` when absent. Exactly one of `claimName` and `s3`.",
      properties: {
        claimName: {
          type: "string",
          description: "A PersistentVolumeClaim in the same namespace.",
          minLength: 1,
          maxLength: 253,
        },
        s3: backupBucket,
      },
      "x-kubernetes-validations": [
        {
          rule: "has(self.claimName) != has(self.s3)",
          message: "exactly one of claimName and s3 must be set: set one, remove the other",
        },
      ],
    },
    identitySecretRef: {
      ...f.keyRef,
      description:
        "Secret key with the text of an age identity file (`AGE-SECRET-KEY-1…`), for an encrypted backup. Remove the Secret when the restore is done: with it the cluster can read every backup.",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "has(self.backupRef) != has(self.path)",
      message: "exactly one of backupRef and path must be set: set one, remove the other",
    },
    {
      rule: "!has(self.destination) || has(self.path)",
      message: "destination goes with path: remove it, or set path instead of backupRef",
    },
  ],
} as const satisfies Structural;

/** `spec.bootstrap` of a tenant. */
export const bootstrap = {
  type: "object",
  description:
    "How the site begins. Given when the tenant is created, carried out once, before the LMS first starts; may be removed afterwards.",
  required: ["restoreFrom"],
  properties: {
    restoreFrom: {
      ...restoreSource,
      description:
        "Begin with the data of a backup, of this cluster or of another. The manifest still says what it says: site, accounts, courses and bindings that are declared are as declared. The database must be empty.",
      properties: {
        ...restoreSource.properties,
        anonymize: {
          type: "boolean",
          description:
            "People become strangers: names, addresses, passwords and what they wrote are replaced. For staging copies.",
          default: false,
        },
      },
    },
  },
} as const satisfies Structural;

const restored = {
  path: { type: "string", description: "The backup's folder where it lies.", maxLength: 512 },
  takenAt: { type: "string", format: "date-time", description: "The moment of the backup." },
  restoredAt: { type: "string", format: "date-time", description: "When it was restored." },
} as const satisfies Readonly<Record<string, Structural>>;

/** `status.bootstrap` of a tenant. */
export const bootstrapState = {
  type: "object",
  description: "The backup that the site began with.",
  required: ["path", "takenAt", "restoredAt"],
  properties: restored,
} as const satisfies Structural;

/** `status.restore` of a tenant. */
export const restoreState = {
  type: "object",
  description: "The last restore in place of the site.",
  required: ["name", "path", "takenAt", "restoredAt"],
  properties: {
    name: { type: "string", description: "Name of the Restore.", maxLength: 253 },
    ...restored,
  },
} as const satisfies Structural;
