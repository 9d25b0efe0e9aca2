// A bucket behind a certificate of its own authority, encrypted backups, drills with the identity: nothing of it is a volume.
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Backup, LmsTenant, Restore } from "../../controller/kinds.ts";
import { startS3, type TestS3 } from "../../lms/backup/testing-s3.ts";
import { aBackup, aRestore, aSchool, aTenant } from "../scenario/school.ts";
import type { Manifest } from "../support/cluster.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

let sandbox: EmptySandbox;
let s3: TestS3;
let recipient = "";
beforeAll(async () => {
  [sandbox, s3] = await Promise.all([emptySandbox(), startS3({ tls: true })]);
  const identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
  const secret = (name: string, stringData: Record<string, string>): Manifest => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    stringData,
  });
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = s3.env;
  await sandbox.cluster.apply(
    secret("s3", { accessKeyId, secretAccessKey }),
    secret("age", { "identity.txt": `# kept elsewhere, usually\n${identity}\n` }),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "authority" },
      data: { "root.pem": s3.certificate },
    },
  );
  const [, ...rest] = aSchool("hill");
  await sandbox.cluster.apply(tenant(), ...rest);
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
}, 200_000);
afterAll(async () => {
  await sandbox?.stop();
  await s3?.close();
}, 60_000);

const tenant = () =>
  aTenant("hill", {
    backup: {
      destination: {
        s3: {
          bucket: "backups",
          prefix: "school",
          endpoint: s3.endpoint,
          secretRef: { name: "s3" },
          caConfigMapRef: { name: "authority", key: "root.pem" },
        },
      },
      encryption: { recipients: [recipient] },
    },
  });
const identitySecretRef = { name: "age", key: "identity.txt" };

test("a Backup goes there encrypted, through a store that fails now and then", async () => {
  const { cluster } = sandbox;
  s3.plan((number) => (number % 5 === 1 ? 503 : number % 7 === 2 ? "lost" : undefined));
  await cluster.apply(aBackup("sealed", "hill"));
  await cluster.condition("Backup", "sealed", "Ready");
  s3.plan();
  const { status } = await cluster.client.get(Backup, { namespace: "default", name: "sealed" });
  expect(status).toMatchObject({ encrypted: true });
  expect(status?.location).toMatch(/^s3:\/\/backups\/school\?endpoint=https/);
});

test("without the identity it is not tried, with it it is proven", async () => {
  const { cluster } = sandbox;
  await cluster.apply(aRestore("blind", "hill", { source: { backupRef: { name: "sealed" } } }));
  await cluster.condition("Restore", "blind", "Stalled", "True", { reason: "WrongKey" });
  await cluster.apply(
    aRestore("seeing", "hill", { source: { backupRef: { name: "sealed" }, identitySecretRef } }),
  );
  await cluster.condition("Restore", "seeing", "Ready");
  const { status } = await cluster.client.get(Restore, { namespace: "default", name: "seeing" });
  expect(status?.checks?.every(({ ok }) => ok)).toBe(true);
});

test("the site is put back from there, and its safety backup is encrypted, too", async () => {
  const { cluster } = sandbox;
  const path =
    (await cluster.client.get(Backup, { namespace: "default", name: "sealed" })).status?.path ?? "";
  await cluster.apply(
    aRestore("back", "hill", { mode: "InPlace", confirm: "hill", source: { path, identitySecretRef } }),
  );
  await cluster.condition("Restore", "back", "Ready");
  const { status } = await cluster.client.get(Restore, { namespace: "default", name: "back" });
  expect(status?.safetyBackup?.location).toMatch(/^s3:/);
  await cluster.until("the site tells of it", async () => {
    const site = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
    return site.status?.restore?.name === "back" ? true : undefined;
  });
});
