// Where a site's data lives: three sources, one of which is chosen for good.
import * as f from "./fields.ts";
import { cloudNativePg } from "./optional-apis.ts";
import type { Structural } from "./structural.ts";

export const database = {
  type: "object",
  description:
    "Where the site's data lives. Exactly one of `standalone`, `external` and `cloudNativePg`; the choice cannot be changed later.",
  properties: {
    standalone: {
      type: "object",
      description: "A PostgreSQL of the tenant's own, run by the operator as a StatefulSet with one replica.",
      required: ["storage"],
      properties: {
        image: {
          type: "string",
          description: "PostgreSQL image following the contract of the official one (version 16 or newer).",
          default: "postgres:18",
          minLength: 1,
          maxLength: 512,
        },
        storage: {
          type: "object",
          description: "The volume that holds the data.",
          required: ["size"],
          properties: {
            size: f.volumeSize,
            className: f.storageClassName,
          },
        },
        resources: f.computeResources,
      },
    },
    external: {
      type: "object",
      description: "A PostgreSQL run by somebody else.",
      required: ["secretRef"],
      properties: {
        secretRef: {
          ...f.localRef,
          description:
            "Secret with the keys `host`, `database`, `username`, `password` and optionally `port` (5432) and `sslmode` (`require`).",
        },
      },
    },
    cloudNativePg,
  },
  "x-kubernetes-validations": [
    {
      rule: "(has(self.standalone) ? 1 : 0) + (has(self.external) ? 1 : 0) + (has(self.cloudNativePg) ? 1 : 0) == 1",
      message:
        "exactly one of standalone and external and cloudNativePg must be set: set one, remove the others",
    },
    {
      rule: "has(self.standalone) == has(oldSelf.standalone) && has(self.external) == has(oldSelf.external) && has(self.cloudNativePg) == has(oldSelf.cloudNativePg)",
      message:
        "cannot be switched between standalone and external and cloudNativePg: learner data would stay behind; create a new tenant instead",
    },
  ],
} as const satisfies Structural;
