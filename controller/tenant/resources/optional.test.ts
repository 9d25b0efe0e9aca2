// What a tenant becomes where the cluster serves more than the least, field by field where a field is a promise.
import { describe, expect, test } from "vitest";
import type { Live } from "../../engine/index.ts";
import { aTenant } from "../../testing/manifests.ts";
import { absences, OPTIONAL_KINDS } from "../optional/apis.ts";
import type { HTTPRoute } from "../optional/kinds.ts";
import { appliesReplicas } from "../scale.ts";
import { certificateLacks, routeLacks } from "../ways.ts";
import { autoscaler } from "./autoscaler.ts";
import { certificate } from "./certificate.ts";
import { runtimeDeployment } from "./deployment.ts";
import { disruptionBudget } from "./disruption-budget.ts";
import { httpRoute } from "./http-route.ts";
import { ingress } from "./ingress.ts";
import { serviceMonitor } from "./monitoring.ts";
import { runtimeNetworkPolicy } from "./network-policies.ts";
import { postgresCluster } from "./postgres-cluster.ts";
import { databaseService, healthService, runtimeService } from "./services.ts";

type Spec = Parameters<typeof aTenant>[0];

/** A field of a tenant that is there. */
function declared<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the tenant of this test does not declare it");
  return value;
}

describe("replicas", () => {
  const deployment = (spec: Spec, autoscaled = false) =>
    runtimeDeployment(aTenant(spec), { image: "lms:1", autoscaled }).spec;

  test.each([
    [{ replicas: 3 }, false, 3],
    [{ autoscaling: { minReplicas: 2, maxReplicas: 5 } }, false, 2],
    [{ autoscaling: { minReplicas: 2, maxReplicas: 5 } }, true, undefined],
  ])("%j, autoscaled %s: the Deployment declares %s", (spec, autoscaled, replicas) => {
    expect(deployment(spec, autoscaled)?.replicas).toBe(replicas);
  });

  test("that may become several are spread, and an autoscaler's appearance replaces no pod", () => {
    const spec = { autoscaling: { maxReplicas: 2 } };
    expect(deployment(spec)?.template.spec?.affinity).toBeDefined();
    expect(deployment(spec, true)?.template).toEqual(deployment(spec, false)?.template);
    expect(deployment({ autoscaling: { maxReplicas: 1 } })?.template.spec?.affinity).toBeUndefined();
  });

  test("the autoscaler aims at the Deployment with what is declared", () => {
    const tenant = aTenant({ autoscaling: { minReplicas: 2, maxReplicas: 5, cpuPercent: 60 } });
    const { spec } = autoscaler(tenant, declared(tenant.spec.autoscaling));
    expect(spec?.scaleTargetRef).toEqual({ apiVersion: "apps/v1", kind: "Deployment", name: "hill-lms" });
    expect([spec?.minReplicas, spec?.maxReplicas]).toEqual([2, 5]);
    expect(spec?.metrics?.[0]?.resource?.target.averageUtilization).toBe(60);
  });

  test("a disruption budget finds the pods and always lets one go", () => {
    const { spec } = disruptionBudget(aTenant());
    expect(spec?.maxUnavailable).toBe(1);
    expect(deployment({})?.template.metadata?.labels).toMatchObject(
      spec?.selector?.matchLabels ?? { a: "b" },
    );
  });

  test.each([
    ["provost", "Apply", undefined, true],
    ["other", "Apply", undefined, false],
    ["provost", "Update", undefined, false],
    ["provost", "Apply", "scale", false],
  ])("applied by %s with %s (%s): ours is %s", (manager, operation, subresource, ours) => {
    const entry = { manager, operation, ...(subresource && { subresource }) };
    const managedFields = [{ ...entry, fieldsV1: { "f:spec": { "f:replicas": {} } } }];
    const live = { metadata: { name: "x", uid: "u", resourceVersion: "1", managedFields } };
    expect(appliesReplicas(live, "provost")).toBe(ours);
  });
});

describe("monitoring", () => {
  const watched = (monitoring: Spec) => aTenant(monitoring);
  const admitted = (spec: Spec) =>
    runtimeNetworkPolicy(watched(spec), true).spec?.ingress?.flatMap((rule) => rule.from ?? []);

  test("reads each replica once: exactly one Service of the tenant is selected", () => {
    const tenant = aTenant({ monitoring: { labels: { release: "prom" }, interval: "1m" } });
    const monitor = serviceMonitor(tenant, declared(tenant.spec.monitoring));
    const wanted = Object.entries(monitor.spec?.selector.matchLabels ?? {});
    const selected = [runtimeService(tenant), healthService(tenant), databaseService(tenant)].filter(
      ({ metadata }) => wanted.every(([name, value]) => metadata?.labels?.[name] === value),
    );
    expect(selected.map(({ metadata }) => metadata?.name)).toEqual(["hill-health"]);
    const [endpoint] = monitor.spec?.endpoints ?? [];
    expect(endpoint).toEqual({ port: "admin", path: "/metrics", interval: "1m" });
    expect(selected[0]?.spec?.ports?.map(({ name }) => name)).toContain(endpoint?.port);
    expect(monitor.metadata?.labels).toMatchObject({ release: "prom" });
  });

  test("labels of one's own never hide an object from the operator", () => {
    const tenant = aTenant({ monitoring: { labels: { "app.kubernetes.io/managed-by": "me" } } });
    const { metadata } = serviceMonitor(tenant, declared(tenant.spec.monitoring));
    expect(metadata?.labels?.["app.kubernetes.io/managed-by"]).toBe("provost");
  });

  test.each<[string, Spec, number]>([
    ["undeclared", {}, 1],
    ["off", { monitoring: { enabled: false } }, 1],
    ["on", { monitoring: {} }, 2],
  ])("%s: that many may reach the admin port", (_, spec, peers) => {
    expect(admitted(spec)).toHaveLength(peers);
  });

  test("only pods of a Prometheus are let in, or those of the namespace that is named", () => {
    expect(admitted({ monitoring: {} })?.[1]).toEqual({
      namespaceSelector: {},
      podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
    });
    expect(admitted({ monitoring: { from: { team: "observability" } } })?.[1]).toEqual({
      namespaceSelector: { matchLabels: { team: "observability" } },
    });
  });
});

describe("the way to the site", () => {
  test("a route leads to the site's port, and never to the admin port", () => {
    const parentRefs = [{ name: "public", namespace: "infra", sectionName: "https" }];
    const tenant = aTenant({ gateway: { parentRefs } });
    const { spec } = httpRoute(tenant, declared(tenant.spec.gateway));
    expect(spec).toMatchObject({ parentRefs, hostnames: ["hill.example.org"] });
    const ports = runtimeService(tenant).spec?.ports?.filter(({ name }) => name === "http");
    expect(spec?.rules.flatMap(({ backendRefs }) => backendRefs)).toEqual([
      { name: "hill-lms", port: ports?.[0]?.port },
    ]);
  });

  test("cert-manager fills the Secret that the Ingress names", () => {
    const tenant = aTenant({ tls: { issuerRef: { name: "letsencrypt", kind: "ClusterIssuer" } } });
    const { spec } = certificate(tenant, declared(tenant.spec.tls?.issuerRef));
    expect(spec?.dnsNames).toEqual(["hill.example.org"]);
    expect(spec?.issuerRef).toMatchObject({ name: "letsencrypt", kind: "ClusterIssuer" });
    expect(ingress(tenant).spec?.tls).toEqual([
      { hosts: ["hill.example.org"], secretName: spec?.secretName },
    ]);
  });

  const meta = { name: "hill", namespace: "schools", uid: "u", resourceVersion: "1", generation: 2 };
  const parent = { name: "public" };
  const accepted = { type: "Accepted", status: "True", observedGeneration: 2 };
  const answers: readonly [string, unknown, RegExp | undefined][] = [
    ["nobody answers", undefined, /Gateway public has not answered yet/],
    ["another Gateway answers", [{ parentRef: { name: "other" }, conditions: [accepted] }], /not answered/],
    [
      "an earlier declaration was accepted",
      [{ parentRef: parent, conditions: [{ ...accepted, observedGeneration: 1 }] }],
      /not answered/,
    ],
    ["it is accepted", [{ parentRef: parent, conditions: [accepted] }], undefined],
    [
      "it is accepted, the namespace spelt out",
      [{ parentRef: { ...parent, namespace: "schools" }, conditions: [accepted] }],
      undefined,
    ],
    [
      "it is refused",
      [
        {
          parentRef: parent,
          conditions: [{ ...accepted, status: "False", reason: "NotAllowedByListeners" }],
        },
      ],
      /does not take it: NotAllowedByListeners/,
    ],
    [
      "its Service is not found",
      [
        {
          parentRef: parent,
          conditions: [accepted, { type: "ResolvedRefs", status: "False", reason: "BackendNotFound" }],
        },
      ],
      /BackendNotFound/,
    ],
  ];
  test.each(answers)("a route when %s", (_, parents, lacks) => {
    const spec = { parentRefs: [parent], hostnames: [], rules: [] };
    const said = routeLacks({ metadata: meta, spec, status: { parents } } as unknown as Live<HTTPRoute>);
    if (lacks === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(lacks);
  });

  test.each([
    [undefined, /has not answered yet/],
    [{ type: "Ready", status: "False", reason: "Issuing", message: "In order." }, /Issuing: In order$/],
    [{ type: "Ready", status: "True", observedGeneration: 1 }, /has not answered yet/],
    [{ type: "Ready", status: "True", observedGeneration: 2 }, undefined],
  ])("a certificate with %j", (condition, lacks) => {
    const conditions = condition ? [condition] : [];
    const said = certificateLacks({ metadata: meta, status: { conditions } });
    if (lacks === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(lacks);
  });
});

describe("a database of CloudNativePG", () => {
  const tenant = aTenant({
    database: { cloudNativePg: { instances: 3, storage: { size: "5Gi", className: "fast" } } },
  });

  test("is declared as its documentation has it", () => {
    expect(postgresCluster(tenant, declared(tenant.spec.database.cloudNativePg)).spec).toEqual({
      instances: 3,
      storage: { size: "5Gi", storageClass: "fast" },
      bootstrap: { initdb: { database: "lms", owner: "lms" } },
    });
  });

  test("is connected to with the Secret that CloudNativePG makes for its application", () => {
    const deployment = runtimeDeployment(tenant, { image: "lms:1" });
    const env = deployment.spec?.template.spec?.containers[0]?.env ?? [];
    const from = (name: string) => env.find((one) => one.name === name);
    expect(from("PGDATABASE")?.valueFrom?.secretKeyRef).toEqual({ name: "hill-db-app", key: "dbname" });
    expect(from("PGPASSWORD")?.valueFrom?.secretKeyRef).toEqual({ name: "hill-db-app", key: "password" });
    expect(from("PGSSLMODE")?.value).toBe("require");
  });
});

describe("what a cluster does not serve", () => {
  const everything = aTenant({
    autoscaling: { minReplicas: 2, maxReplicas: 4 },
    monitoring: {},
    gateway: { parentRefs: [{ name: "public" }] },
    tls: { issuerRef: { name: "ca" } },
    database: { cloudNativePg: { storage: { size: "1Gi" } } },
  });

  test("is told with field, API, consequence and remedy, and what nobody asked for apart from it", () => {
    const told = absences(everything, () => false);
    expect(told.filter(({ asked }) => !asked).map(({ message }) => message)).toEqual([
      expect.stringMatching(/PodDisruptionBudget \(policy\/v1\).*Kubernetes 1\.21/),
    ]);
    const asked = told.filter((one) => one.asked).map(({ message }) => message);
    for (const [index, words] of [
      /^spec\.autoscaling: .*HorizontalPodAutoscaler \(autoscaling\/v2\): minReplicas \(2\) run; .*replicas\.$/,
      /^spec\.monitoring: .*ServiceMonitor and PrometheusRule \(monitoring\.coreos\.com\/v1\).*install/,
      /^spec\.gateway: .*HTTPRoute \(gateway\.networking\.k8s\.io\/v1\).*through the Ingress hill;/,
      /^spec\.tls\.issuerRef: .*Certificate \(cert-manager\.io\/v1\).*Secret hill-tls; install cert-manager/,
      /^spec\.database\.cloudNativePg: .*Cluster \(postgresql\.cnpg\.io\/v1\).*install CloudNativePG/,
    ].entries())
      expect(asked[index]).toMatch(words);
    expect(asked).toHaveLength(5);
  });

  test("is nothing where all is served, and nothing where nothing is asked for", () => {
    expect(absences(everything, () => true)).toEqual([]);
    expect(absences(aTenant({ monitoring: { enabled: false } }), () => false)).toEqual([]);
  });

  test("is looked for, every kind of it", () => {
    const missing = new Set<string>();
    absences(everything, (type) => {
      missing.add(type.kind);
      return true;
    });
    expect([...missing].sort()).toEqual(OPTIONAL_KINDS.map(({ kind }) => kind).sort());
  });
});
