// How releases of a catalog reach a fleet of sites.
import type { Structural } from "./structural.ts";

/** `spec.rollout` of a ReleaseCatalog. */
export const rolloutPolicy = {
  type: "object",
  description:
    "How a release reaches the sites that take it from this catalog, by policy or by version. Windows and approvals of each site hold beside. Absent: every site by itself.",
  properties: {
    paused: { type: "boolean", description: "No update begins; those under way go on.", default: false },
    maxConcurrent: {
      type: "integer",
      format: "int32",
      description: "Most sites that are being updated at once.",
      default: 10,
      minimum: 1,
      maximum: 10000,
    },
    maxFailures: {
      type: "integer",
      format: "int32",
      description:
        "When more sites than this went back from a release, no further site begins with it: withdraw it, or set the annotation `provost.dev/resume-rollout` to its version.",
      default: 0,
      minimum: 0,
      maximum: 10000,
    },
    soakMinutes: {
      type: "integer",
      format: "int32",
      description: "How long a wave must have been through before the next one begins.",
      default: 60,
      minimum: 0,
      maximum: 43200,
    },
    waves: {
      type: "array",
      description:
        "Waves, in order; a site is in the first one that fits, and the rest follows last. A wave begins when every site of those before is on the release.",
      maxItems: 10,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        description: "One wave. Exactly one of `matchLabels` and `percent`.",
        required: ["name"],
        properties: {
          name: { type: "string", description: "Its name, e.g. `canary`.", minLength: 1, maxLength: 63 },
          matchLabels: {
            type: "object",
            description: "Labels of the LmsTenants in it.",
            maxProperties: 16,
            additionalProperties: { type: "string", description: "Label value.", maxLength: 63 },
          },
          percent: {
            type: "integer",
            format: "int32",
            description: "So many percent of all sites, always the same ones.",
            minimum: 1,
            maximum: 100,
          },
        },
        "x-kubernetes-validations": [
          {
            rule: "has(self.matchLabels) != has(self.percent)",
            message: "exactly one of matchLabels and percent must be set: set one, remove the other",
          },
        ],
      },
    },
  },
} as const satisfies Structural;
