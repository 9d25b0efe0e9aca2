// Several tenants: apart from one another, each with the database it asks for; a sick one holds up nobody.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Deployment, Namespace, Secret, Service } from "../../controller/engine/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { aCourse, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
const namespace = "default";

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

const encoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));

test("two tenants share nothing: secrets, fingerprints, databases; a token of one is refused by the other", async () => {
  const { cluster } = harness;
  await cluster.apply(aTenant("hill"), aTenant("dale"), aCourse("basics", "hill"));
  await Promise.all([harness.runPods("hill"), harness.runPods("dale")]);
  for (const tenant of ["hill", "dale"]) await cluster.condition("LmsTenant", tenant, "Ready");
  await cluster.condition("Course", "basics", "Ready");

  for (const part of ["admin", "accounts", "database"]) {
    const [hill, dale] = await Promise.all(
      ["hill", "dale"].map(
        async (tenant) => (await cluster.client.get(Secret, { namespace, name: `${tenant}-${part}` })).data,
      ),
    );
    const secret = Object.entries(hill ?? {}).filter(
      ([key]) => !["port", "database", "username"].includes(key),
    );
    expect(secret.length).toBeGreaterThan(0);
    for (const [key, value] of secret) expect(dale?.[key]).not.toBe(value);
  }
  expect(await harness.signIn("dale", "lea", await cluster.password("hill", "lea"))).toBe(false);
  expect(await harness.page("dale", "/courses/basics")).not.toContain("Course basics");
  const response = await fetch(`http://127.0.0.1:${harness.site("dale").lms.adminPort}/admin/v1/status`, {
    headers: { authorization: `Bearer ${await cluster.secret(namespace, "hill-admin", "token")}` },
  });
  expect(response.status).toBe(401);
});

test("a tenant whose LMS is dead does not delay another's change", async () => {
  const { cluster } = harness;
  harness.broken.set("default/dale", "hung");
  await cluster.apply(aTenant("dale", { site: { title: "Unheard" } }));
  await cluster.apply(aTenant("hill", { site: { title: "Heard at once" } }));
  await cluster.until("hill has its title", async () =>
    (await harness.page("hill", "/")).includes("Heard at once") ? true : undefined,
  );
  await cluster.condition("LmsTenant", "hill", "Ready");
  harness.broken.clear();
});

test("one hostname has one site: the second tenant is told, and has it when it is free", async () => {
  const { cluster } = harness;
  await sleep(1_100);
  await cluster.apply(aTenant("peak", { hostname: "hill.example.org" }));
  const stalled = await cluster.condition("LmsTenant", "peak", "Stalled", "True", {
    reason: "HostnameTaken",
  });
  expect(JSON.stringify(stalled.status)).toContain("default/hill");
  expect(await cluster.client.find(Deployment, { namespace, name: "peak-lms" })).toBeUndefined();
  await cluster.apply(aTenant("hill", { hostname: "old-hill.example.org" }));
  await cluster.condition("LmsTenant", "peak", "Ready", "False", { reason: "WaitingForDatabase" });
});

test("an external database's Secret is waited for, checked, and a change of it replaces the pods", async () => {
  const { cluster } = harness;
  await cluster.apply(aTenant("fjord", { database: { external: { secretRef: { name: "fjord-pg" } } } }));
  await cluster.condition("LmsTenant", "fjord", "Ready", "False", { reason: "DatabaseSecretNotFound" });
  const secret = (data: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "fjord-pg", namespace },
    data: encoded(data),
  });
  await cluster.apply(secret({ host: "pg.example.org", database: "lms" }));
  const stalled = await cluster.condition("LmsTenant", "fjord", "Stalled", "True", {
    reason: "DatabaseSecretInvalid",
  });
  expect(JSON.stringify(stalled.status)).toMatch(/fjord-pg has no username, password/);
  await cluster.apply(secret({ host: "pg.example.org", database: "lms", username: "lms", password: "one" }));
  await harness.lmsUp("fjord");
  await cluster.condition("LmsTenant", "fjord", "Ready");
  expect(await cluster.client.find(Service, { namespace, name: "fjord-db" })).toBeUndefined();

  const template = async () =>
    JSON.stringify((await cluster.client.get(Deployment, { namespace, name: "fjord-lms" })).spec?.template);
  const before = await template();
  expect(before).not.toContain("pg.example.org");
  await cluster.apply(secret({ host: "pg.example.org", database: "lms", username: "lms", password: "two" }));
  await cluster.until("the pods are replaced", async () =>
    (await template()) === before ? undefined : true,
  );
});

test("what somebody changes on a child is taken back; other people's fields stay", async () => {
  const { cluster } = harness;
  const key = { namespace, name: "dale-lms" };
  await cluster.client.mergePatch(Service, key, {
    metadata: { annotations: { "example.org/owner": "ops" } },
    spec: { selector: { "app.kubernetes.io/instance": "hill" } },
  });
  const service = await cluster.until("the selector is dale's again", async () => {
    const found = await cluster.client.get(Service, key);
    return found.spec?.selector?.["app.kubernetes.io/instance"] === "dale" ? found : undefined;
  });
  expect(service.metadata.annotations?.["example.org/owner"]).toBe("ops");
});

test("a child that the API server refuses is Stalled with the field to correct", async () => {
  const { cluster } = harness;
  await cluster.apply(aTenant("dale", { ingress: { annotations: { "not a key": "x" } } }));
  const stalled = await cluster.condition("LmsTenant", "dale", "Stalled", "True", { reason: "ChildRefused" });
  expect(JSON.stringify(stalled.status)).toMatch(/spec \(hostname, tls, ingress\).*Ingress dale.*not a key/);
  await cluster.apply(aTenant("dale"));
  await cluster.until("dale is well again", async () => {
    const tenant = await cluster.client.get(LmsTenant, { namespace, name: "dale" });
    return tenant.status?.conditions?.some(({ type }) => type === "Stalled") ? undefined : tenant;
  });
});

test("a namespace that is deleted takes its tenants along; nothing is made in it meanwhile", async () => {
  const { cluster } = harness;
  const name = "closing";
  await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await cluster.apply(aTenant("moor", {}, name), aCourse("basics", "moor", {}, name));
  await cluster.condition("LmsTenant", "moor", "Ready", "False", {
    namespace: name,
    reason: "WaitingForDatabase",
  });
  await cluster.client.delete(Namespace, { namespace: "", name });
  await cluster.until("the namespace is gone", async () =>
    (await cluster.client.find(Namespace, { namespace: "", name })) ? undefined : true,
  );
  const refused = harness
    .log()
    .split("\n")
    .filter((line) => line.includes("being terminated") && !line.includes("/events"));
  expect(refused).toEqual([]);
});
