// Field schemas that more than one kind uses: keys, references, quantities, times, conditions.
import type { Structural } from "./structural.ts";

/** RFC 1123 label: what a stable key looks like everywhere in Provost. */
export const KEY_PATTERN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/** Keys that people type as user names may also contain dots and underscores. */
export const USER_NAME_PATTERN = "^[a-z0-9]([-._a-z0-9]*[a-z0-9])?$";
/** RFC 1123 subdomain in lower case. */
export const HOSTNAME_PATTERN =
  "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$";
/** Kubernetes resource.Quantity, non-negative. */
export const QUANTITY_PATTERN =
  "^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|([eE][-+]?[0-9]+))?$";
export const COLOR_PATTERN = "^#[0-9a-fA-F]{6}$";
/** A web address without white space or control characters; nothing but http and https may be linked. */
export const WEB_URL_PATTERN = "^https?://[^\\s\"'<>]+$";
/** Five-field cron (POSIX crontab with lists, ranges, steps and English short names). */
export const CRON_PATTERN = cronPattern();

function cronPattern(): string {
  const field = (value: string): string => {
    const part = `(\\*|(${value})(-(${value}))?)(/[1-9][0-9]?)?`;
    return `${part}(,${part})*`;
  };
  const months = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC";
  const days = "SUN|MON|TUE|WED|THU|FRI|SAT";
  const fields = [
    field("[0-5]?[0-9]"),
    field("[01]?[0-9]|2[0-3]"),
    field("0?[1-9]|[12][0-9]|3[01]"),
    field(`0?[1-9]|1[0-2]|${months}`),
    field(`[0-7]|${days}`),
  ];
  return `^${fields.join(" +")}$`;
}

export const key = {
  type: "string",
  description: "Stable key, unique in its list; it never changes, titles may. Learner work hangs on it.",
  pattern: KEY_PATTERN,
  minLength: 1,
  maxLength: 63,
} as const satisfies Structural;

export const tenantRef = {
  type: "object",
  description: "The LmsTenant this belongs to. Immutable.",
  required: ["name"],
  properties: {
    name: { type: "string", description: "Name of the LmsTenant.", minLength: 1, maxLength: 253 },
    namespace: {
      type: "string",
      description:
        "Namespace of the LmsTenant; this object's own namespace when absent. Another namespace needs the tenant's `allowedNamespaces`.",
      minLength: 1,
      maxLength: 63,
    },
  },
  "x-kubernetes-map-type": "atomic",
} as const satisfies Structural;

export const localRef = {
  type: "object",
  description: "An object in the same namespace.",
  required: ["name"],
  properties: { name: { type: "string", description: "Its name.", minLength: 1, maxLength: 253 } },
  "x-kubernetes-map-type": "atomic",
} as const satisfies Structural;

export const keyRef = {
  type: "object",
  description: "One key of a ConfigMap or Secret in the same namespace.",
  required: ["name", "key"],
  properties: {
    name: { type: "string", description: "Name of the object.", minLength: 1, maxLength: 253 },
    key: { type: "string", description: "Key in its data.", minLength: 1, maxLength: 253 },
  },
  "x-kubernetes-map-type": "atomic",
} as const satisfies Structural;

export const quantities = {
  type: "object",
  description: "Amounts by resource name (`cpu`, `memory`), as Kubernetes quantities.",
  maxProperties: 8,
  additionalProperties: {
    "x-kubernetes-int-or-string": true,
    description: "A Kubernetes quantity such as `250m` or `256Mi`.",
    pattern: QUANTITY_PATTERN,
    maxLength: 32,
  },
} as const satisfies Structural;

/** Capacity of a volume. */
export const volumeSize = {
  type: "string",
  description: "Capacity as a Kubernetes quantity, e.g. `10Gi`.",
  pattern: QUANTITY_PATTERN,
  maxLength: 32,
} as const satisfies Structural;

export const storageClassName = {
  type: "string",
  description: "StorageClass; the cluster's default when absent.",
  minLength: 1,
  maxLength: 253,
} as const satisfies Structural;

export const computeResources = {
  type: "object",
  description: "Compute resources of the container. Absent: the operator's defaults.",
  properties: {
    requests: { ...quantities, description: "What the scheduler sets aside (`cpu`, `memory`)." },
    limits: { ...quantities, description: "What the container may use at most." },
  },
} as const satisfies Structural;

export const conditions = {
  type: "array",
  description:
    "Conditions after the Kubernetes API conventions and kstatus: Ready, Reconciling, Stalled and the kind's own.",
  maxItems: 32,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
  items: {
    type: "object",
    description: "One aspect of the object's state.",
    required: ["type", "status", "reason", "message", "lastTransitionTime"],
    properties: {
      type: { type: "string", description: "What the condition speaks of, in CamelCase.", maxLength: 316 },
      status: { type: "string", description: "Whether it holds.", enum: ["True", "False", "Unknown"] },
      observedGeneration: {
        type: "integer",
        format: "int64",
        description: "metadata.generation the condition was computed from.",
        minimum: 0,
      },
      lastTransitionTime: { type: "string", format: "date-time", description: "When status last changed." },
      reason: { type: "string", description: "Stable CamelCase word for programs.", maxLength: 1024 },
      message: { type: "string", description: "What is so, and what to do about it.", maxLength: 32768 },
    },
  },
} as const satisfies Structural;

export const observedGeneration = {
  type: "integer",
  format: "int64",
  description: "metadata.generation this status was computed from.",
  minimum: 0,
} as const satisfies Structural;
