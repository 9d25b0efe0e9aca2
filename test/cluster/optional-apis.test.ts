// A real API server that lacks APIs which the operator could use: the site goes without and says so, and what is missing is
// picked up when somebody installs it. Kubernetes before 1.21 has no policy/v1, before 1.23 no autoscaling/v2.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  isNotFound,
  type KubeObject,
  type Live,
  Namespace,
  PodDisruptionBudget,
  type ResourceType,
} from "../../controller/engine/index.ts";
import { HTTPRoute, PrometheusRule, ServiceMonitor } from "../../controller/tenant/optional/kinds.ts";
import { aTenant } from "../scenario/school.ts";
import { isTaken, serve, unserve } from "../support/foreign-crds.ts";
import { describeOnCluster, freshNamespace } from "./support/cluster.ts";
import { installCrds } from "./support/crds.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";
import { Operator } from "./support/operator.ts";
import { grant, type Granted } from "./support/rights.ts";

const wishes = {
  autoscaling: { minReplicas: 2, maxReplicas: 3 },
  monitoring: { labels: { release: "prometheus" } },
  gateway: { parentRefs: [{ name: "public" }] },
};
/** What the tenant says of each kind that is missing. */
const SAID: readonly (readonly [ResourceType, RegExp])[] = [
  [HorizontalPodAutoscaler, /spec\.autoscaling: .*HorizontalPodAutoscaler.*minReplicas \(2\) run/],
  [ServiceMonitor, /spec\.monitoring: .*ServiceMonitor/],
  [HTTPRoute, /spec\.gateway: .*HTTPRoute.*Ingress hill/],
];

await describeOnCluster("a cluster without optional APIs", {}, (found) => {
  let namespace: string;
  let rights: Granted;
  let operator: Operator;
  /** The cluster's own Prometheus Operator, if it has one, is left alone. */
  let taken = false;
  beforeAll(async () => {
    const { cluster } = found;
    await installCrds(cluster);
    taken =
      (await isTaken(cluster.client, "ServiceMonitor")) || (await isTaken(cluster.client, "PrometheusRule"));
    namespace = await freshNamespace(cluster, "optional");
    rights = await grant(found, namespace, "namespace");
    operator = await Operator.start(rights.kubeconfig, { namespace });
    await cluster.apply(aTenant("hill", wishes, namespace));
  });
  afterAll(async () => {
    await operator?.kill();
    await rights?.remove();
    if (namespace) await found.cluster.client.delete(Namespace, { namespace: "", name: namespace });
    if (!taken) for (const kind of ["ServiceMonitor", "PrometheusRule"]) await unserve(found.cluster, kind);
  });

  const find = <T extends KubeObject>(type: ResourceType<T>, name: string): Promise<Live<T> | undefined> =>
    found.cluster.client.find(type, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  const becomes = (type: ResourceType, name: string, wanted: "there" | "gone") =>
    found.cluster.until(
      `${type.kind} ${name} is ${wanted}`,
      async () => (((await find(type, name)) !== undefined) === (wanted === "there") ? true : undefined),
      () => operator.log.slice(-2_000),
    );

  test("the tenant says what it goes without, and everything else is made", async () => {
    const { cluster } = found;
    const absent = await Promise.all(SAID.map(async ([type]) => !(await cluster.client.hasResource(type))));
    if (!absent.includes(true)) return console.log("this cluster serves everything: nothing is missing");
    const tenant = await cluster.condition("LmsTenant", "hill", "MissingApis", "True", { namespace });
    const told = tenant.status?.conditions?.find(({ type }) => type === "MissingApis")?.message ?? "";
    for (const [index, [, words]] of SAID.entries())
      if (absent[index]) expect(told).toMatch(words);
      else expect(told).not.toMatch(words);
    // It waits for its pods, which an API server alone does not run, and for nothing else.
    await cluster.condition("LmsTenant", "hill", "Ready", "False", {
      namespace,
      reason: "WaitingForDatabase",
    });
    if (!(await cluster.client.hasResource(HTTPRoute)))
      await becomes(Ingress as unknown as ResourceType, "hill", "there");
    const deployment = await find(Deployment, "hill-lms");
    expect(deployment?.spec?.replicas).toBe(2);
    // Nobody asked for a budget: only the log tells.
    if (!(await cluster.client.hasResource(PodDisruptionBudget))) {
      expect(operator.log).toMatch(/does not serve PodDisruptionBudget/);
      expect(told).not.toContain("PodDisruptionBudget");
    }
    expect(await operator.refusals()).toEqual([]);
  });

  test("the Prometheus Operator's kinds are installed: they are used without a restart", async () => {
    if (taken) return console.log("this cluster has a Prometheus Operator of its own, which is left alone");
    await serve(found.cluster, "ServiceMonitor", "PrometheusRule");
    await becomes(ServiceMonitor as unknown as ResourceType, "hill-lms", "there");
    await becomes(PrometheusRule as unknown as ResourceType, "hill-lms", "there");
    let told = "";
    await found.cluster.until(
      "the tenant says no more that they are missing",
      async () => {
        const tenant = await found.cluster.condition("LmsTenant", "hill", "Ready", "False", { namespace });
        told = JSON.stringify(tenant.status);
        return told.includes("spec.monitoring") ? undefined : true;
      },
      () => told,
    );
  });

  test("not wanted any more, they go: the rights in deploy/ are enough for that", async () => {
    if (taken) return;
    await found.cluster.apply(aTenant("hill", {}, namespace));
    await becomes(ServiceMonitor as unknown as ResourceType, "hill-lms", "gone");
    await becomes(PrometheusRule as unknown as ResourceType, "hill-lms", "gone");
    expect(await operator.refusals()).toEqual([]);
  });
});

await describeOnCluster(
  "a site on a cluster without optional APIs",
  { pods: true, kubectl: true },
  (found) => {
    let school: OperatedNamespace;
    beforeAll(async () => {
      school = await OperatedNamespace.open(found, "without", "namespace");
      await school.makeRoomFor("hill");
    }, 300_000);
    afterAll(() => school?.close());

    test("is Ready, and says what it goes without", async () => {
      const { cluster, namespace } = school;
      await school.kubectl.apply(aTenant("hill", wishes, namespace));
      const missing = !(await cluster.client.hasResource(HTTPRoute));
      if (!missing) return console.log("this cluster serves the Gateway API: nothing of it is missing");
      const tenant = await cluster.condition("LmsTenant", "hill", "Ready", "True", {
        namespace,
        within: 240_000,
      });
      expect(tenant.status?.conditions?.find(({ type }) => type === "MissingApis")).toMatchObject({
        status: "True",
        reason: "ApiAbsent",
      });
    });
  },
);
