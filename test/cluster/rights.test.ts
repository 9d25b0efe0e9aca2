// The operator with the rights that deploy/ grants, on an API server that enforces them; no pod has to run. What a running
// site needs beside is seen by the other suites, whose operators have these rights, too.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Deployment,
  Ingress,
  type KubeObject,
  Lease,
  Namespace,
  type ResourceType,
  Secret,
  StatefulSet,
} from "../../controller/engine/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { aSchool } from "../scenario/school.ts";
import { describeOnCluster, freshNamespace } from "./support/cluster.ts";
import { installCrds } from "./support/crds.ts";
import { Operator } from "./support/operator.ts";
import { grant, type Scope } from "./support/rights.ts";

await describeOnCluster("the rights in deploy/", {}, (found) => {
  beforeAll(() => installCrds(found.cluster));
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  /** A namespace with an operator that holds the Lease of its namespace. */
  async function operated(scope: Scope, edit?: Parameters<typeof grant>[3]) {
    const { cluster } = found;
    const namespace = await freshNamespace(cluster, "rights");
    cleanUps.push(() => cluster.client.delete(Namespace, { namespace: "", name: namespace }));
    const rights = await grant(found, namespace, scope, edit);
    cleanUps.push(() => rights.remove());
    const operator = await Operator.start(rights.kubeconfig, {
      leaderElection: true,
      ...(scope === "namespace" && { namespace }),
    });
    cleanUps.push(() => operator.kill());
    await cluster.apply(...aSchool("hill", namespace));
    const there = <T extends KubeObject>(type: ResourceType<T>, name: string) =>
      cluster.until(
        `${type.kind} ${name} is there`,
        () => cluster.client.find(type, { namespace, name }),
        () => operator.log.slice(-2_000),
      );
    return { cluster, namespace, operator, there };
  }

  describe.each(["cluster", "namespace"] as const)("of a %s", (scope) => {
    test("are enough to lead, to make a tenant's objects and to say so in every status", async () => {
      const { cluster, namespace, operator, there } = await operated(scope);
      await there(Lease, "provost-operator");
      for (const [type, name] of [
        [Secret, "hill-accounts"],
        [StatefulSet, "hill-db"],
        [Deployment, "hill-lms"],
        [Ingress, "hill"],
      ] as const)
        await there<KubeObject>(type as ResourceType, name);
      for (const [kind, name] of [
        ["LmsTenant", "hill"],
        ["Course", "basics"],
        ["RoleBinding", "learn"],
      ] as const)
        await cluster.condition(kind, name, "Ready", "False", { namespace });
      // A Course holds a finalizer; without its tenant it is let go at once.
      await cluster.client.delete(LmsTenant, { namespace, name: "hill" });
      await cluster.condition("Course", "basics", "Ready", "False", { namespace, reason: "TenantNotFound" });
      expect(await operator.refusals()).toEqual([]);
    });
  });

  test("are watched for refusals: without the right to make Deployments they are seen", async () => {
    const { cluster, operator } = await operated("namespace", (rules) =>
      rules.filter(({ apiGroups }) => !apiGroups.includes("apps")),
    );
    await cluster.until("a refusal is seen", async () =>
      (await operator.refusals()).some((line) => /deployments|statefulsets/.test(line)) ? true : undefined,
    );
    expect((await operator.refusals()).some((line) => line.startsWith("rest_client_requests_total"))).toBe(
      true,
    );
  });
});
