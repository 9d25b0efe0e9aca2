// ReleaseCatalog: the releases of the LMS runtime on offer. Schema only; what follows from it lives in controller/update.
import * as f from "../schema/fields.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { rolloutPolicy } from "../schema/rollout.ts";
import { CHANNELS, version } from "../schema/update.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const spec = {
  type: "object",
  description: "The releases on offer.",
  required: ["releases"],
  properties: {
    rollout: rolloutPolicy,
    releases: {
      type: "array",
      description: "Releases, in any order.",
      maxItems: 200,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["version"],
      items: {
        type: "object",
        description: "One release.",
        required: ["version", "image"],
        properties: {
          version: { ...version, description: "Its version, as the runtime reports it." },
          image: {
            type: "string",
            description: "Runtime image. Name it by digest (`registry/name@sha256:…`): a tag may be moved.",
            minLength: 1,
            maxLength: 512,
          },
          channel: {
            type: "string",
            description: "`Stable`: for every site; `Candidate`: for those that ask for it.",
            enum: CHANNELS,
            default: "Stable",
          },
          security: {
            type: "boolean",
            description: "It mends a weakness: policy `Security` takes it, and it may leave the window.",
            default: false,
          },
          upgradesFrom: {
            ...version,
            description: "Oldest version that it can be updated from; any when absent.",
          },
          withdrawn: {
            type: "boolean",
            description: "Not offered any more. Sites on it stay on it until there is a newer one.",
            default: false,
          },
        },
      },
    },
  },
} as const satisfies Structural;

const status = {
  type: "object",
  description: "What is on offer.",
  properties: {
    observedGeneration: f.observedGeneration,
    conditions: f.conditions,
    latest: { ...version, description: "Newest stable release." },
    halted: {
      type: "array",
      description:
        "Versions that went back on more sites than `spec.rollout.maxFailures`: no further site begins.",
      maxItems: 200,
      "x-kubernetes-list-type": "set",
      items: { ...version, description: "A version." },
    },
    offered: { type: "integer", format: "int32", description: "Releases that are not withdrawn." },
  },
} as const satisfies Structural;

export const releaseCatalogKind = {
  kind: "ReleaseCatalog",
  plural: "releasecatalogs",
  singular: "releasecatalog",
  shortNames: ["lrc"],
  scope: "Cluster",
  description:
    "ReleaseCatalog lists the releases of the LMS runtime that sites may be updated to, by `spec.update` of an LmsTenant.",
  spec,
  status,
  columns: [
    { name: "Latest", type: "string", jsonPath: ".status.latest", description: "Newest stable release." },
    { name: "Offered", type: "integer", jsonPath: ".status.offered", description: "Releases on offer." },
    ...readyColumns,
  ],
} as const satisfies KindDefinition;

export type ReleaseCatalogSpec = Infer<typeof spec>;
export type ReleaseCatalogSpecInput = InferInput<typeof spec>;
export type ReleaseCatalogStatus = Infer<typeof status>;
export type ReleaseCatalog = Resource<"ReleaseCatalog", ReleaseCatalogSpec, ReleaseCatalogStatus>;
