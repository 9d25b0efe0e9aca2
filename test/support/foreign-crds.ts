// The kinds of others that the operator uses where they are served, as structural schemas of our own: just the fields that
// are set or read. A field that is misspelt is pruned, so that it is missed; one that is required and left out is refused.
import {
  type Client,
  CustomResourceDefinition,
  type ResourceType,
  resourceType,
} from "../../controller/engine/index.ts";
import {
  Certificate,
  HTTPRoute,
  PostgresCluster,
  PrometheusRule,
  ServiceMonitor,
} from "../../controller/tenant/optional/kinds.ts";
import type { TestCluster } from "./cluster.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const whole: Schema = { type: "integer" };
const list = (items: Schema): Schema => ({ type: "array", items });
const map: Schema = { type: "object", additionalProperties: text };
const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});

const conditions = list(
  object(
    { type: text, status: text, reason: text, message: text, observedGeneration: whole },
    "type",
    "status",
  ),
);
const parentRef = object({ name: text, namespace: text, sectionName: text }, "name");

/** What the operator declares of each kind, and what others answer. */
const SCHEMAS: readonly (readonly [ResourceType, { readonly spec: Schema; readonly status?: Schema }])[] = [
  [
    ServiceMonitor,
    {
      spec: object(
        {
          selector: object({ matchLabels: map }, "matchLabels"),
          endpoints: list(object({ port: text, path: text, interval: text }, "port")),
        },
        "selector",
        "endpoints",
      ),
    },
  ],
  [
    PrometheusRule,
    {
      spec: object(
        {
          groups: list(
            object(
              {
                name: text,
                rules: list(
                  object({ alert: text, expr: text, for: text, labels: map, annotations: map }, "expr"),
                ),
              },
              "name",
            ),
          ),
        },
        "groups",
      ),
    },
  ],
  [
    HTTPRoute,
    {
      spec: object({
        parentRefs: list(parentRef),
        hostnames: list(text),
        rules: list(
          object({
            matches: list(object({ path: object({ type: text, value: text }) })),
            backendRefs: list(object({ name: text, port: whole }, "name")),
          }),
        ),
      }),
      status: object({ parents: list(object({ parentRef, conditions }, "parentRef")) }),
    },
  ],
  [
    Certificate,
    {
      spec: object(
        {
          secretName: text,
          dnsNames: list(text),
          issuerRef: object({ name: text, kind: text, group: text }, "name"),
        },
        "secretName",
        "issuerRef",
      ),
      status: object({ conditions }),
    },
  ],
  [
    PostgresCluster,
    {
      spec: object(
        {
          instances: { ...whole, minimum: 1 },
          storage: object({ size: text, storageClass: text }),
          bootstrap: object({ initdb: object({ database: text, owner: text }) }),
        },
        "instances",
      ),
      status: object({ phase: text, phaseReason: text, readyInstances: whole }),
    },
  ],
];

/**
 * autoscaling/v2 as a kind of another group: an API server takes no CustomResourceDefinition for a group of its own.
 * test/support/renaming-proxy.ts gives it its name.
 */
export const AUTOSCALING_STAND_IN = "autoscaling.stand-in.example.org";
const StandIn = resourceType({
  group: AUTOSCALING_STAND_IN,
  version: "v2",
  plural: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
});
const AUTOSCALER: Schema = object(
  {
    scaleTargetRef: object({ apiVersion: text, kind: text, name: text }, "kind", "name"),
    minReplicas: whole,
    maxReplicas: whole,
    metrics: list(
      object({
        type: text,
        resource: object({ name: text, target: object({ type: text, averageUtilization: whole }) }),
      }),
    ),
  },
  "scaleTargetRef",
  "maxReplicas",
);

function crdOf(type: ResourceType, schema: { readonly spec: Schema; readonly status?: Schema }) {
  const { group, version, plural, kind } = type;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Groups under k8s.io ask for it (Kubernetes docs: api-approved.kubernetes.io).
      annotations: { "api-approved.kubernetes.io": "unapproved, a stand-in for tests" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: object({ ...schema }) },
        },
      ],
    },
  } as unknown as CustomResourceDefinition;
}

/** Every foreign kind by name, as a CustomResourceDefinition. */
export const FOREIGN_CRDS: ReadonlyMap<string, CustomResourceDefinition> = new Map([
  ...SCHEMAS.map(([type, schema]) => [type.kind, crdOf(type, schema)] as const),
  ["HorizontalPodAutoscaler", crdOf(StandIn, { spec: AUTOSCALER })],
]);

function crdNamed(kind: string): CustomResourceDefinition {
  const crd = FOREIGN_CRDS.get(kind);
  if (!crd) throw new Error(`there is no foreign kind ${kind}`);
  return crd;
}

const keyOf = (crd: CustomResourceDefinition) => ({ namespace: "", name: crd.metadata?.name ?? "" });

/** Has the cluster serve kinds; resolves when it does. */
export async function serve(cluster: TestCluster, ...kinds: readonly string[]): Promise<void> {
  for (const kind of kinds) {
    const crd = crdNamed(kind);
    await cluster.client.apply(CustomResourceDefinition, crd);
    await cluster.until(`${kind} is served`, async () => {
      const { status } = await cluster.client.get(CustomResourceDefinition, keyOf(crd));
      return status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True")
        ? true
        : undefined;
    });
  }
}

/** Has it serve a kind no more. */
export async function unserve(cluster: TestCluster, kind: string): Promise<void> {
  const crd = crdNamed(kind);
  await cluster.client.delete(CustomResourceDefinition, keyOf(crd));
  await cluster.until(`${kind} is gone`, async () =>
    (await cluster.client.find(CustomResourceDefinition, keyOf(crd))) ? undefined : true,
  );
}

/** Whether the cluster has a kind of somebody's already, which a test must not touch. */
export async function isTaken(client: Client, kind: string): Promise<boolean> {
  return (await client.find(CustomResourceDefinition, keyOf(crdNamed(kind)))) !== undefined;
}
