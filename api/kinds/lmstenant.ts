// LmsTenant: one learning site. Schema only; what follows from it lives in controller/tenant.
import * as f from "../schema/fields.ts";
import { backupPolicy } from "../schema/backup.ts";
import { database } from "../schema/database.ts";
import { autoscaling, gateway, monitoring, tls } from "../schema/optional-apis.ts";
import type { Infer, InferInput, Structural } from "../schema/structural.ts";
import { accessPolicy, branding, category, footer, group, role, siteText } from "../schema/site.ts";
import { bootstrap } from "../schema/restore.ts";
import { tenantStatus } from "../schema/tenant-status.ts";
import { account } from "../schema/account.ts";
import { removalGuard as guard } from "../schema/guard.ts";
import { logo } from "../schema/logo.ts";
import { sleepPolicy } from "../schema/sleep.ts";
import { updatePolicy, version } from "../schema/update.ts";
import { type KindDefinition, readyColumns, type Resource } from "./kind.ts";

const spec = {
  type: "object",
  description: "The learning site as it should be.",
  required: ["hostname", "database", "site"],
  properties: {
    hostname: {
      type: "string",
      description: "DNS name of the site in lower case, e.g. `academy.example.org`. May be changed.",
      minLength: 1,
      maxLength: 253,
      "x-kubernetes-validations": [
        {
          rule: `self.matches('${f.HOSTNAME_PATTERN.replaceAll("\\", "\\\\")}')`,
          message:
            "must be a DNS name in lower case such as academy.example.org: letters, digits, dots and inner hyphens only",
        },
      ],
    },
    tls,
    ingress: {
      type: "object",
      description: "How the Ingress is made. Goes without `gateway`.",
      properties: {
        className: {
          type: "string",
          description: "IngressClass; the cluster's default when absent.",
          minLength: 1,
          maxLength: 253,
        },
        annotations: {
          type: "object",
          description: "Annotations for the Ingress controller or cert-manager.",
          maxProperties: 32,
          additionalProperties: { type: "string", description: "Annotation value.", maxLength: 4096 },
        },
      },
    },
    gateway,
    image: {
      type: "string",
      description: "LMS runtime image; the operator's own release when absent.",
      minLength: 1,
      maxLength: 512,
    },
    version: {
      ...version,
      description:
        "Version to be on, from the catalog. Goes with `update` of policy `Manual`, and without `image`.",
    },
    update: updatePolicy,
    replicas: {
      type: "integer",
      format: "int32",
      description: "How many runtime replicas serve the site. Goes without `autoscaling`.",
      default: 1,
      minimum: 1,
      maximum: 20,
    },
    autoscaling,
    lifecycle: {
      type: "string",
      description:
        "`Running`: the site serves. `ReadOnly`: it can be read and nothing in it changed by visitors; manifests still apply. `Sleeping`: nothing of it runs, its data and its addresses stay; scheduled backups rest, for nothing changes.",
      enum: ["Running", "ReadOnly", "Sleeping"],
      default: "Running",
    },
    sleep: sleepPolicy,
    paused: {
      type: "boolean",
      description:
        "Leave the site as it is: nothing that is declared is carried out, for it, its Courses and its RoleBindings. Its health is still watched, backups and drills go on, and deletions are carried out.",
      default: false,
    },
    monitoring,
    resources: f.computeResources,
    database,
    backup: backupPolicy,
    bootstrap,
    site: {
      type: "object",
      description: "What visitors see.",
      required: ["title"],
      properties: {
        ...siteText,
        branding: { ...branding, properties: { ...branding.properties, logo } },
        footer,
      },
    },
    access: accessPolicy,
    categories: {
      type: "array",
      description: "Categories courses are filed under in the catalog, in display order.",
      maxItems: 200,
      items: category,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["key"],
    },
    roles: {
      type: "array",
      description:
        "Roles of the site's own, beside the built-in `administrator`, `instructor`, `learner` and `auditor`.",
      maxItems: 50,
      items: role,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    groups: {
      type: "array",
      description: "Groups of users, to bind roles to.",
      maxItems: 500,
      items: group,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    users: {
      type: "array",
      description: "Declared accounts.",
      maxItems: 2000,
      items: account,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
    },
    housekeeping: {
      type: "object",
      description:
        "When the runtime tidies up: expired sessions go, quiz attempts past their time limit are handed in, unused files are removed.",
      default: {},
      properties: {
        schedule: {
          type: "string",
          description: "Five-field cron expression in the site's time zone.",
          default: "17 3 * * *",
          maxLength: 100,
          "x-kubernetes-validations": [
            {
              rule: `self.matches('${f.CRON_PATTERN.replaceAll("\\", "\\\\")}')`,
              message:
                "must be a five-field cron expression (minute hour day month weekday) such as '17 3 * * *'",
            },
          ],
        },
      },
    },
    allowedNamespaces: {
      type: "object",
      description:
        "From which namespaces Courses and RoleBindings may attach to this tenant. Its own namespace always may, whatever stands here.",
      default: { from: "Same" },
      properties: {
        from: {
          type: "string",
          description:
            "Which namespaces beside the tenant's own, which always may: `Same`: none; `All`: any; `Selector`: those whose labels match.",
          enum: ["Same", "All", "Selector"],
          default: "Same",
        },
        matchLabels: {
          type: "object",
          description: "Labels a namespace must have, with `from: Selector`.",
          maxProperties: 16,
          additionalProperties: { type: "string", description: "Label value.", maxLength: 63 },
        },
      },
      "x-kubernetes-validations": [
        {
          rule: "(self.from == 'Selector') == has(self.matchLabels)",
          message: "matchLabels goes with from: Selector and only with it: set both or neither",
        },
      ],
    },
    guard,
    deletionPolicy: {
      type: "string",
      description:
        "What becomes of the database volume (or the Cluster of CloudNativePG), its credentials and the Secret with the accounts' first passwords when this object is deleted: `Retain` keeps them (a tenant of the same name takes them up again), `Delete` removes them; `Backup` makes a last backup, proves it by a restore on a scratch database, and then removes them, but keeps them when either fails. An external database is left as it is.",
      enum: ["Retain", "Backup", "Delete"],
      default: "Retain",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "!has(self.bootstrap) || has(oldSelf.bootstrap)",
      message:
        "bootstrap is for a new tenant: remove it; to put this site back to a backup create a Restore with mode InPlace",
    },
    {
      rule: "!has(self.update) || has(self.backup)",
      message: "update begins with a backup: set backup, too, or remove update",
    },
    {
      rule: "self.deletionPolicy != 'Backup' || has(self.backup)",
      message: "deletionPolicy Backup makes a last backup: set backup, too, or choose Retain or Delete",
    },
    {
      rule: "!has(self.version) || !has(self.image)",
      message: "only one of version and image can be set: remove the other",
    },
    {
      rule: "!has(self.version) || has(self.update)",
      message: "version is one of a catalog's, which update names: set update, or set image instead",
    },
    {
      rule: "!has(self.update) || self.update.policy == 'Manual' || (!has(self.version) && !has(self.image))",
      message: "update.policy chooses the release: remove version and image, or set the policy to Manual",
    },
    {
      // A rule sees defaults, too: whoever writes no replicas has one.
      rule: "!has(self.autoscaling) || self.replicas == 1",
      message:
        "replicas cannot be set beside autoscaling, which chooses their number: remove replicas, or remove autoscaling",
    },
    {
      rule: "!has(self.autoscaling) || !has(self.resources) || (has(self.resources.requests) && 'cpu' in self.resources.requests) || (has(self.resources.limits) && 'cpu' in self.resources.limits)",
      message:
        "autoscaling goes by the CPU that a replica requests: set resources.requests.cpu, or remove resources for the operator's defaults",
    },
    {
      rule: "!has(self.gateway) || !has(self.ingress)",
      message: "only one of gateway and ingress can be set: remove the other",
    },
  ],
} as const satisfies Structural;

export const lmsTenantKind = {
  kind: "LmsTenant",
  plural: "lmstenants",
  singular: "lmstenant",
  shortNames: ["lms"],
  scope: "Namespaced",
  description:
    "LmsTenant declares one learning site: where it is reached, where its data lives, what it looks like and who has an account.",
  spec,
  status: tenantStatus,
  columns: [
    { name: "URL", type: "string", jsonPath: ".status.url", description: "Address of the site." },
    { name: "Version", type: "string", jsonPath: ".status.version", description: "Version the LMS reports." },
    { name: "Users", type: "integer", jsonPath: ".status.users", priority: 1 },
    { name: "Image", type: "string", jsonPath: ".status.image", priority: 1 },
    ...readyColumns,
  ],
  rules: [
    {
      rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
      message:
        "metadata.name must be a DNS label of at most 40 characters that starts with a letter: names of Services and Pods are made from it",
    },
  ],
} as const satisfies KindDefinition;

export type LmsTenantSpec = Infer<typeof spec>;
export type LmsTenantSpecInput = InferInput<typeof spec>;
export type LmsTenantStatus = Infer<typeof tenantStatus>;
export type LmsTenant = Resource<"LmsTenant", LmsTenantSpec, LmsTenantStatus>;
