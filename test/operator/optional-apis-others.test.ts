// What others make for a site: a certificate of cert-manager, a database of CloudNativePG. Their CustomResourceDefinitions are
// real; what their operators would answer (a Secret, a status) the test writes in their place.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Deployment,
  Ingress,
  type KubeObject,
  type ResourceType,
  Secret,
} from "../../controller/engine/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { Certificate, PostgresCluster } from "../../controller/tenant/optional/kinds.ts";
import { aTenant } from "../scenario/school.ts";
import { serve } from "../support/foreign-crds.ts";
import { OptionalApisStage } from "../support/optional-apis-stage.ts";

let stage: OptionalApisStage;
const namespace = "default";

beforeAll(async () => {
  stage = await OptionalApisStage.start();
}, 120_000);

afterAll(async () => stage?.stop(), 60_000);

const secret = (name: string, data: Record<string, string>) =>
  stage.cluster.apply({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: data });
const waits = (tenant: string, reason: string) =>
  stage.cluster.condition("LmsTenant", tenant, "Ready", "False", { reason });
const remove = (type: ResourceType, name: string) => stage.cluster.client.delete(type, { namespace, name });

const tls = { issuerRef: { name: "letsencrypt", kind: "ClusterIssuer" } } as const;

test("without cert-manager the site serves and says what it waits for; a Secret made by hand will do", async () => {
  await stage.cluster.apply(aTenant("dale", { tls }));
  await stage.harness.runPods("dale");
  const { status } = await waits("dale", "ApiAbsent");
  expect(JSON.stringify(status?.conditions)).toMatch(/does not serve Certificate \(cert-manager\.io\/v1\)/);
  await stage.cluster.condition("LmsTenant", "dale", "Available");
  expect(await stage.missing("dale")).toMatch(/spec\.tls\.issuerRef: .*nobody fills the Secret dale-tls/);
  const { spec } = await stage.there(Ingress, "dale");
  expect(spec?.tls).toEqual([{ hosts: ["dale.example.org"], secretName: "dale-tls" }]);
  await secret("dale-tls", { "tls.crt": "a certificate", "tls.key": "its key" });
  await stage.cluster.condition("LmsTenant", "dale", "Ready");
});

test("cert-manager appears: a Certificate for the hostname, and its word is waited for while the site serves", async () => {
  await serve(stage.cluster, "Certificate");
  const { spec } = await stage.there(Certificate, "dale-tls");
  expect(spec).toEqual({
    secretName: "dale-tls",
    dnsNames: ["dale.example.org"],
    issuerRef: { name: "letsencrypt", kind: "ClusterIssuer", group: "cert-manager.io" },
  });
  await waits("dale", "WaitingForCertificate");
  const condition = { type: "Ready", status: "False", reason: "Issuing", message: "Waiting for an order." };
  await stage.answer(Certificate, "dale-tls", { conditions: [condition] });
  await stage.cluster.until("its words are passed on", async () => {
    const { status } = await waits("dale", "WaitingForCertificate");
    return JSON.stringify(status).includes("Issuing: Waiting for an order") ? true : undefined;
  });
  await stage.cluster.condition("LmsTenant", "dale", "Available");
  await stage.answer(Certificate, "dale-tls", { conditions: [{ type: "Ready", status: "True" }] });
  await stage.cluster.condition("LmsTenant", "dale", "Ready");
  await stage.cluster.condition("LmsTenant", "dale", "CertificateReady");
  await stage.nothingMissing("dale");
});

test("a Secret of one's own instead: the Certificate goes", async () => {
  await stage.cluster.apply(aTenant("dale", { tls: { secretRef: { name: "dale-tls" } } }));
  await stage.gone(Certificate, "dale-tls");
  const { status } = await stage.cluster.condition("LmsTenant", "dale", "Ready");
  expect(status?.conditions?.map(({ type }) => type)).not.toContain("CertificateReady");
});

const cloudNativePg = { instances: 2, storage: { size: "1Gi" } };
const fjord = (more: object = {}) => aTenant("fjord", { database: { cloudNativePg }, ...more });
const cluster = (fits?: (object: PostgresCluster) => boolean) =>
  stage.there(PostgresCluster, "fjord-db", fits);

test("without CloudNativePG a tenant that asks for it waits, with a remedy, and nothing is Stalled", async () => {
  await stage.cluster.apply(fjord());
  const { status } = await waits("fjord", "ApiAbsent");
  const ready = status?.conditions?.find(({ type }) => type === "DatabaseReady");
  expect(ready?.message).toMatch(/^spec\.database\.cloudNativePg: .*install CloudNativePG/);
  expect(status?.conditions?.map(({ type }) => type)).not.toContain("Stalled");
  expect(await stage.operator.reconciles("error")).toBe(0);
});

test("CloudNativePG appears: its Cluster is declared, and with its Secret the LMS is set up", async () => {
  await serve(stage.cluster, "Cluster");
  const made = await cluster();
  expect(made.spec).toEqual({ ...cloudNativePg, bootstrap: { initdb: { database: "lms", owner: "lms" } } });
  // By default the data outlives the tenant (ADR 5).
  expect(made.metadata.ownerReferences).toBeUndefined();
  const { status } = await waits("fjord", "WaitingForDatabase");
  expect(JSON.stringify(status)).toContain("does its operator run?");
  // From here on the test is CloudNativePG.
  await stage.answer(PostgresCluster, "fjord-db", { phase: "Setting up primary" });
  await stage.cluster.until("its words are passed on", async () =>
    JSON.stringify((await waits("fjord", "WaitingForDatabase")).status).includes("Setting up primary")
      ? true
      : undefined,
  );
  const credentials = { host: "fjord-db-rw", port: "5432", dbname: "lms", username: "lms", password: "one" };
  await secret("fjord-db-app", credentials);
  const deployment = await stage.there(Deployment, "fjord-lms");
  const env = deployment.spec?.template.spec?.containers[0]?.env ?? [];
  for (const [name, key] of [
    ["PGHOST", "host"],
    ["PGDATABASE", "dbname"],
    ["PGUSER", "username"],
    ["PGPASSWORD", "password"],
  ])
    expect(env.find((one) => one.name === name)?.valueFrom?.secretKeyRef).toEqual({
      name: "fjord-db-app",
      key,
    });
  await stage.answer(PostgresCluster, "fjord-db", { phase: "Cluster in healthy state", readyInstances: 2 });
  await stage.cluster.condition("LmsTenant", "fjord", "DatabaseReady");
  await stage.harness.lmsUp("fjord");
  await stage.cluster.condition("LmsTenant", "fjord", "Ready");
  expect(await stage.find(Secret as ResourceType<KubeObject>, "fjord-database")).toBeUndefined();
});

test("new credentials replace the pods; more instances are passed on, and what others added stays", async () => {
  const template = async () => JSON.stringify((await stage.there(Deployment, "fjord-lms")).spec?.template);
  const before = await template();
  await stage.cluster.client.mergePatch(
    PostgresCluster,
    { namespace, name: "fjord-db" },
    {
      spec: { storage: { storageClass: "fast" } },
    },
  );
  await secret("fjord-db-app", { host: "fjord-db-rw", dbname: "lms", username: "lms", password: "two" });
  await stage.cluster.until("the pods are replaced", async () =>
    (await template()) === before ? undefined : true,
  );
  await stage.cluster.apply(fjord({ database: { cloudNativePg: { ...cloudNativePg, instances: 3 } } }));
  const { spec } = await cluster((live) => live.spec?.instances === 3);
  expect(spec?.storage).toEqual({ size: "1Gi", storageClass: "fast" });
  await stage.allReplicasRun("fjord");
  await stage.cluster.condition("LmsTenant", "fjord", "Ready");
});

test("Retain: the tenant goes, its Cluster stays and is named; a tenant of that name takes it up again", async () => {
  const { uid } = (await cluster()).metadata;
  await remove(LmsTenant as unknown as ResourceType, "fjord");
  await stage.gone(Deployment as unknown as ResourceType, "fjord-lms");
  const event = await stage.cluster.until(
    "it is told",
    async () => (await stage.events("fjord", "LearnerDataKept"))[0],
  );
  expect(event.message).toMatch(/Cluster fjord-db.*kubectl delete .*cluster\.postgresql\.cnpg\.io\/fjord-db/);
  expect((await cluster()).metadata.uid).toBe(uid);
  await stage.cluster.apply(fjord());
  await stage.cluster.condition("LmsTenant", "fjord", "DatabaseReady");
  expect((await cluster()).metadata.uid).toBe(uid);
});

test("Delete: the Cluster belongs to the tenant and goes with it", async () => {
  await stage.cluster.apply(fjord({ deletionPolicy: "Delete" }));
  await cluster(({ metadata }) => metadata?.ownerReferences?.[0]?.name === "fjord");
  await remove(LmsTenant as unknown as ResourceType, "fjord");
  await stage.gone(PostgresCluster as unknown as ResourceType, "fjord-db");
});

test("somebody else's Cluster of that name is not touched", async () => {
  const spec = { instances: 1, storage: { size: "9Gi" } } as never;
  await stage.cluster.client.create(PostgresCluster, { metadata: { name: "lake-db", namespace }, spec });
  await stage.cluster.apply(aTenant("lake", { database: { cloudNativePg } }));
  await stage.cluster.condition("LmsTenant", "lake", "Stalled", "True", { reason: "DatabaseNotOurs" });
  expect((await stage.find(PostgresCluster, "lake-db"))?.spec).toEqual(spec);
});
