// What a tenant becomes in the cluster, field by field where a field is a promise.
import { describe, expect, test } from "vitest";
import { aTenant } from "../../testing/manifests.ts";
import { databaseClaim, databaseStatefulSet } from "./database.ts";
import { runtimeDeployment } from "./deployment.ts";
import { ingress } from "./ingress.ts";
import { databaseNetworkPolicy, runtimeNetworkPolicy } from "./network-policies.ts";
import { databaseService, healthService, runtimeService } from "./services.ts";

const runtime = (spec: Parameters<typeof aTenant>[0] = {}) =>
  runtimeDeployment(aTenant(spec), { image: "lms:1" });
const containerOf = (workload: ReturnType<typeof runtime>) => workload.spec?.template.spec?.containers[0];
const environment = (workload: ReturnType<typeof runtime>) =>
  Object.fromEntries(
    (containerOf(workload)?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]),
  );

test.each([
  [{}, { limits: { memory: "512Mi" } }],
  [{ resources: { requests: { cpu: 1, memory: "1Gi" } } }, { requests: { cpu: "1", memory: "1Gi" } }],
  [{ resources: { limits: { cpu: "500m" } } }, { limits: { cpu: "500m" } }],
])("resources %j become %j", (spec, expected) => {
  expect(containerOf(runtime(spec))?.resources).toMatchObject(expected);
});

test("a rollout never has fewer replicas than declared", () => {
  expect(runtime({ replicas: 2 }).spec?.strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
});

test("no secret stands in the pod template: credentials are read from Secrets", () => {
  const env = environment(runtime());
  expect(env["PGPASSWORD"]).toEqual({ secretKeyRef: { name: "hill-database", key: "password" } });
  expect(env["PGSSLMODE"]).toBe("disable");
  const external = environment(runtime({ database: { external: { secretRef: { name: "pg" } } } }));
  expect(external["PGPASSWORD"]).toEqual({ secretKeyRef: { name: "pg", key: "password" } });
  expect(external["PGPORT"]).toEqual({ secretKeyRef: { name: "pg", key: "port", optional: true } });
});

test("pods are replaced when external credentials change, and only then", () => {
  const tenant = aTenant({ database: { external: { secretRef: { name: "pg" } } } });
  const template = (credentialsDigest: string) =>
    runtimeDeployment(tenant, { image: "lms:1", credentialsDigest }).spec?.template;
  expect(template("a")).toEqual(template("a"));
  expect(template("a")).not.toEqual(template("b"));
});

test("the database mounts a claim of its own name, so that it can outlive the tenant", () => {
  const standalone = { image: "postgres:18", storage: { size: "10Gi", className: "fast" } };
  const claim = databaseClaim(aTenant(), standalone);
  expect(claim.spec).toMatchObject({
    storageClassName: "fast",
    resources: { requests: { storage: "10Gi" } },
  });
  const statefulSet = databaseStatefulSet(aTenant(), standalone);
  expect(statefulSet.spec?.volumeClaimTemplates).toBeUndefined();
  expect(statefulSet.spec?.template.spec?.volumes).toContainEqual({
    name: "data",
    persistentVolumeClaim: { claimName: claim.metadata?.name },
  });
});

describe("ways in", () => {
  test("the Ingress leads to the site and never to the admin port", () => {
    const object = ingress(
      aTenant({ tls: { secretRef: { name: "cert" } }, ingress: { className: "nginx" } }),
    );
    expect(object.spec).toMatchObject({
      ingressClassName: "nginx",
      tls: [{ hosts: ["hill.example.org"], secretName: "cert" }],
    });
    const ports = object.spec?.rules?.flatMap(({ http }) =>
      http?.paths.map((path) => path.backend.service?.port),
    );
    expect(ports).toEqual([{ name: "http" }]);
  });

  test("the admin port is for operators' pods, unless the API server's proxy is the caller", () => {
    const from = (restrict: boolean) =>
      runtimeNetworkPolicy(aTenant(), restrict).spec?.ingress?.find((rule) => rule.ports?.[0]?.port === 8081)
        ?.from;
    expect(from(true)?.[0]?.podSelector?.matchLabels).toEqual({
      "app.kubernetes.io/name": "provost-operator",
    });
    expect(from(false)).toBeUndefined();
  });

  test("the database answers the runtime, the backups, restores and migrations of its own tenant and nobody else", () => {
    const rules = databaseNetworkPolicy(aTenant()).spec?.ingress ?? [];
    expect(rules).toHaveLength(1);
    const component = (name: string) => ({
      podSelector: {
        matchLabels: {
          "app.kubernetes.io/name": "lms",
          "app.kubernetes.io/instance": "hill",
          "app.kubernetes.io/component": name,
        },
      },
    });
    expect(rules[0]?.from).toEqual(["lms", "backup", "restore", "update"].map(component));
  });

  test("replicas that are not ready can be asked why, by a Service that leads visitors nowhere", () => {
    const { spec } = healthService(aTenant());
    expect(spec?.publishNotReadyAddresses).toBe(true);
    expect(spec?.ports?.map(({ name }) => name)).toEqual(["admin"]);
    expect(runtimeService(aTenant()).spec?.publishNotReadyAddresses).toBeUndefined();
  });

  test.each([
    ["the runtime", runtimeService(aTenant()), runtime()],
    ["the runtime's health", healthService(aTenant()), runtime()],
    [
      "the database",
      databaseService(aTenant()),
      databaseStatefulSet(aTenant(), { image: "postgres:18", storage: { size: "1Gi" } }),
    ],
  ])("the Service of %s finds its pods and ports", (_, service, workload) => {
    expect(workload.spec?.template.metadata?.labels).toMatchObject(
      service.spec?.selector ?? { none: "none" },
    );
    const named = workload.spec?.template.spec?.containers.flatMap(
      ({ ports }) => ports?.map(({ name }) => name) ?? [],
    );
    for (const port of service.spec?.ports ?? []) expect(named).toContain(port.targetPort);
  });
});
