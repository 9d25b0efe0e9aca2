// The learning site as it is: what the operator says of it.
import { backupState } from "./backup.ts";
import { drillState } from "./drills.ts";
import * as f from "./fields.ts";
import { bootstrapState, restoreState } from "./restore.ts";
import { sleepState } from "./sleep.ts";
import type { Structural } from "./structural.ts";
import { updateHistory, updateState } from "./update.ts";

/** `status` of a tenant. */
export const tenantStatus = {
  type: "object",
  description: "The learning site as it is.",
  properties: {
    observedGeneration: f.observedGeneration,
    conditions: f.conditions,
    url: { type: "string", description: "Address of the site.", maxLength: 512 },
    version: { type: "string", description: "Version the running LMS reports.", maxLength: 64 },
    image: { type: "string", description: "Runtime image the site is on.", maxLength: 512 },
    backup: backupState,
    drill: drillState,
    bootstrap: bootstrapState,
    restore: restoreState,
    sleep: sleepState,
    update: updateState,
    updates: updateHistory,
    readyReplicas: { type: "integer", format: "int32", description: "Runtime replicas that are ready." },
    users: { type: "integer", format: "int32", description: "Declared accounts on the site." },
    accounts: {
      type: "array",
      description: "Where the first password of each account without a `passwordSecretRef` is kept.",
      maxItems: 2000,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        description: "One account and its Secret.",
        required: ["name", "secretRef"],
        properties: {
          name: { type: "string", description: "Sign-in name.", maxLength: 63 },
          secretRef: f.keyRef,
        },
      },
    },
    siteDigest: { type: "string", description: "SHA-256 of the site document the LMS holds.", maxLength: 80 },
    directoryDigest: {
      type: "string",
      description: "SHA-256 of the directory document the LMS holds.",
      maxLength: 80,
    },
  },
} as const satisfies Structural;
