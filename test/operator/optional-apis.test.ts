// APIs that a cluster may or may not serve: autoscaler, disruption budget, Prometheus Operator, Gateway API. Gone without and
// said so, used when they appear, let go when they go. The kinds of others are real CustomResourceDefinitions.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  resourceType,
} from "../../controller/engine/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { HTTPRoute, PrometheusRule, ServiceMonitor } from "../../controller/tenant/optional/kinds.ts";
import { httpRoute } from "../../controller/tenant/resources/http-route.ts";
import { prometheusRule, serviceMonitor } from "../../controller/tenant/resources/monitoring.ts";
import { aTenant } from "../scenario/school.ts";
import { AUTOSCALING_STAND_IN, serve } from "../support/foreign-crds.ts";
import { OptionalApisStage } from "../support/optional-apis-stage.ts";

let stage: OptionalApisStage;
const namespace = "default";
const runtime = "hill-lms";

/** As it is stored; the operator knows it as autoscaling/v2. */
const Autoscaler = resourceType<HorizontalPodAutoscaler>({
  ...HorizontalPodAutoscaler,
  group: AUTOSCALING_STAND_IN,
});

beforeAll(async () => {
  stage = await OptionalApisStage.start();
}, 120_000);

afterAll(async () => stage?.stop(), 60_000);

const wishes = {
  autoscaling: { minReplicas: 2, maxReplicas: 5 },
  monitoring: { labels: { release: "prometheus" } },
  gateway: { parentRefs: [{ name: "public" }] },
};
const accepted = (generation: number) => ({
  parents: [
    {
      parentRef: { name: "public" },
      conditions: [{ type: "Accepted", status: "True", observedGeneration: generation }],
    },
  ],
});
const hill = async (): Promise<LmsTenant> =>
  (await stage.cluster.client.get(LmsTenant, { namespace, name: "hill" })) as unknown as LmsTenant;
const deployment = () => stage.cluster.client.get(Deployment, { namespace, name: runtime });
/** Field managers that have declared the number of replicas, by name. */
const scaledBy = async (): Promise<string[]> =>
  ((await deployment()).metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('"f:replicas"'))
    .filter(({ subresource }) => subresource !== "status")
    .map(({ manager = "" }) => manager);

test("absent, the site is Ready without them and says what it goes without, once", async () => {
  await stage.cluster.apply(aTenant("hill", wishes));
  await stage.harness.runPods("hill");
  await stage.cluster.condition("LmsTenant", "hill", "Ready");
  const told = await stage.missing("hill");
  for (const words of [
    /spec\.autoscaling: this cluster does not serve HorizontalPodAutoscaler \(autoscaling\/v2\): minReplicas \(2\) run/,
    /spec\.monitoring: .*ServiceMonitor and PrometheusRule/,
    /spec\.gateway: .*HTTPRoute.* through the Ingress hill/,
  ])
    expect(told).toMatch(words);
  expect((await deployment()).spec?.replicas).toBe(2);
  expect(await stage.ingress("hill")).toBeDefined();
  expect((await hill()).status?.conditions?.map(({ type }) => type)).not.toContain("Stalled");
  // The same words again would be counted in the same event.
  expect((await stage.events("hill", "ApiAbsent")).map(({ count }) => count ?? 1)).toEqual([1]);
  expect(await stage.operator.reconciles("error")).toBe(0);
});

test("a Prometheus that is asked for is let in, served or not; the budget is there: this cluster knows it", async () => {
  const policy = await stage.there(NetworkPolicy, runtime);
  expect(JSON.stringify(policy.spec)).toContain('"app.kubernetes.io/name":"prometheus"');
  const budget = await stage.there(PodDisruptionBudget, runtime);
  expect(budget.spec?.maxUnavailable).toBe(1);
});

test("the autoscaler appears: it is made, and the replicas are handed over without a change of their number", async () => {
  const before = await deployment();
  expect(await scaledBy()).toContain("provost");
  await serve(stage.cluster, "HorizontalPodAutoscaler");
  const made = await stage.there(Autoscaler, runtime);
  expect(made.spec).toMatchObject({ minReplicas: 2, maxReplicas: 5, scaleTargetRef: { name: runtime } });
  expect(made.spec?.metrics?.[0]?.resource?.target).toEqual({ type: "Utilization", averageUtilization: 70 });
  await stage.cluster.until("the operator has let go of the replicas", async () =>
    (await scaledBy()).includes("provost") ? undefined : true,
  );
  const after = await deployment();
  expect(after.spec?.replicas).toBe(2);
  // Two, one and two again would have been told by the generation.
  expect(after.metadata.generation).toBe(before.metadata.generation);
});

test("what an autoscaler says stands, whatever else changes", async () => {
  const key = { namespace, name: runtime };
  await stage.cluster.client.mergePatch(Deployment, key, { spec: { replicas: 4 } }, { subresource: "scale" });
  await stage.allReplicasRun("hill");
  await stage.cluster.apply(
    aTenant("hill", {
      ...wishes,
      autoscaling: { ...wishes.autoscaling, cpuPercent: 50 },
      image: "provost/provost:next",
    }),
  );
  await stage.there(
    Autoscaler,
    runtime,
    ({ spec }) => spec?.metrics?.[0]?.resource?.target.averageUtilization === 50,
  );
  const { spec } = await stage.there(
    Deployment,
    runtime,
    (live) => live.spec?.template.spec?.containers[0]?.image === "provost/provost:next",
  );
  expect(spec?.replicas).toBe(4);
  await stage.allReplicasRun("hill");
});

test("the Prometheus Operator appears: both objects are there within seconds, nothing of them pruned", async () => {
  await serve(stage.cluster, "ServiceMonitor", "PrometheusRule");
  const tenant = await hill();
  const { monitoring } = tenant.spec;
  if (!monitoring) throw new Error("hill declares no monitoring");
  const monitor = await stage.there(ServiceMonitor, runtime);
  expect(monitor.spec).toEqual(serviceMonitor(tenant, monitoring).spec);
  const rule = await stage.there(PrometheusRule, runtime);
  expect(rule.spec).toEqual(prometheusRule(tenant, monitoring).spec);
  for (const { metadata } of [monitor, rule]) {
    expect(metadata.labels).toMatchObject({ release: "prometheus" });
    expect(metadata.ownerReferences?.[0]?.name).toBe("hill");
  }
});

test("the Gateway API appears: the route is made, and the Ingress stays until the Gateway has accepted it", async () => {
  await serve(stage.cluster, "HTTPRoute");
  const route = await stage.there(HTTPRoute, "hill");
  const tenant = await hill();
  if (!tenant.spec.gateway) throw new Error("hill declares no gateway");
  expect(route.spec).toEqual(httpRoute(tenant, tenant.spec.gateway).spec);
  await stage.cluster.condition("LmsTenant", "hill", "Ready", "False", { reason: "WaitingForGateway" });
  await stage.cluster.condition("LmsTenant", "hill", "Available");
  expect(await stage.ingress("hill")).toBeDefined();
  // What a Gateway's controller would do.
  await stage.answer(HTTPRoute, "hill", accepted(route.metadata.generation ?? 1));
  await stage.gone(Ingress, "hill");
  await stage.cluster.condition("LmsTenant", "hill", "RouteAccepted");
  await stage.nothingMissing("hill");
});

test("the spec changes: the children follow", async () => {
  const gateway = { parentRefs: [{ name: "public", sectionName: "https" }] };
  await stage.cluster.apply(
    aTenant("hill", {
      hostname: "hills.example.org",
      autoscaling: { minReplicas: 3, maxReplicas: 6 },
      monitoring: { interval: "1m" },
      gateway,
    }),
  );
  const route = await stage.there(HTTPRoute, "hill", ({ spec }) =>
    (spec?.hostnames ?? []).includes("hills.example.org"),
  );
  expect(route.spec?.parentRefs).toEqual(gateway.parentRefs);
  const monitor = await stage.there(
    ServiceMonitor,
    runtime,
    ({ spec }) => spec?.endpoints[0]?.interval === "1m",
  );
  expect(monitor.metadata.labels).not.toHaveProperty("release");
  await stage.there(Autoscaler, runtime, ({ spec }) => spec?.maxReplicas === 6 && spec.minReplicas === 3);
  // The former answer was about the former route.
  await stage.cluster.condition("LmsTenant", "hill", "Ready", "False", { reason: "RollingOut" });
  await stage.allReplicasRun("hill");
  await stage.cluster.condition("LmsTenant", "hill", "Ready", "False", { reason: "WaitingForGateway" });
  expect(await stage.ingress("hill")).toBeUndefined();
  const [parent] = accepted(route.metadata.generation ?? 1).parents;
  await stage.answer(HTTPRoute, "hill", { parents: [{ ...parent, parentRef: gateway.parentRefs[0] }] });
  await stage.cluster.condition("LmsTenant", "hill", "Ready");
});

test("looked at again, what is as declared causes no write", async () => {
  await stage.restartOperator();
  await stage.cluster.until("hill was looked at", async () =>
    (await stage.operator.reconciles("success")) >= 1 ? true : undefined,
  );
  await sleep(500);
  expect(await stage.operator.writes()).toBe(0);
});

test("a kind goes: nothing breaks, and what it was for is missed", async () => {
  await stage.unserve("ServiceMonitor");
  expect(await stage.missing("hill")).toMatch(/^spec\.monitoring: .*serve ServiceMonitor \(monitoring/);
  await stage.cluster.condition("LmsTenant", "hill", "Ready");
  expect(await stage.find(PrometheusRule, runtime)).toBeDefined();
  expect(await stage.operator.reconciles("error")).toBe(0);
  await serve(stage.cluster, "ServiceMonitor");
  await stage.there(ServiceMonitor, runtime);
  await stage.nothingMissing("hill");
});

test("not wanted any more, they go; the Ingress is back, and the replicas are the manifest's", async () => {
  await stage.cluster.apply(aTenant("hill", { monitoring: { enabled: false } }));
  for (const [type, name] of [
    [Autoscaler, runtime],
    [PodDisruptionBudget, runtime],
    [ServiceMonitor, runtime],
    [PrometheusRule, runtime],
    [HTTPRoute, "hill"],
  ] as const)
    await stage.gone(type, name);
  await stage.there(Ingress, "hill");
  await stage.there(Deployment, runtime, ({ spec }) => spec?.replicas === 1);
  const policy = await stage.there(NetworkPolicy, runtime);
  expect(JSON.stringify(policy.spec)).not.toContain("prometheus");
  await stage.allReplicasRun("hill");
  await stage.cluster.condition("LmsTenant", "hill", "Ready");
});

test("an object of that name that is somebody else's is left alone", async () => {
  const spec = { selector: { matchLabels: { app: "other" } }, endpoints: [{ port: "web" }] } as never;
  // Even with the operator's label: what it does not own is not its.
  const labels = { "app.kubernetes.io/managed-by": "provost" };
  await stage.cluster.client.create(ServiceMonitor, { metadata: { name: runtime, namespace, labels }, spec });
  await stage.cluster.apply(aTenant("hill", { site: { title: "Looked at again" } }));
  await stage.cluster.condition("LmsTenant", "hill", "Ready");
  await sleep(500);
  expect((await stage.find(ServiceMonitor, runtime))?.spec).toMatchObject({
    selector: { matchLabels: { app: "other" } },
  });
});
