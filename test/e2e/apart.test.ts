// Two tenants at once are fully apart: databases, secrets, sessions, tokens.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../controller/engine/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { aSchool } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

let sandbox: EmptySandbox;
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "valley" } };

beforeAll(async () => {
  sandbox = await emptySandbox();
  await sandbox.cluster.apply(namespace, ...aSchool("hill"), ...aSchool("dale", "valley"));
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready", "True", { namespace: "valley" });
}, 250_000);

afterAll(async () => sandbox?.stop(), 60_000);

const secretOf = async (where: string, name: string) =>
  (await sandbox.cluster.client.get(Secret, { namespace: where, name })).data ?? {};

test("each has secrets of its own: tokens, database passwords, accounts", async () => {
  for (const part of ["admin", "database", "accounts"]) {
    const hill = Object.entries(await secretOf("default", `hill-${part}`));
    const dale = Object.entries(await secretOf("valley", `dale-${part}`));
    expect(hill.length).toBeGreaterThan(0);
    const plain = (data: [string, string][]): string[] =>
      data.map(([, value]) => Buffer.from(value, "base64").toString()).filter((value) => value.length >= 16);
    for (const value of plain(hill)) expect(plain(dale)).not.toContain(value);
  }
});

test("a session of one is worth nothing on the other, nor is a password", async () => {
  const lea = await sandbox.signIn("hill", "lea");
  expect(textOf((await lea.get("/dashboard")).html)).toContain("Lea Learner");
  const thief = sandbox.visit("dale.example.org", { cookie: lea.cookie });
  expect((await thief.get("/dashboard")).path).toMatch(/^\/sign-in/);
  await thief.close();
  await lea.close();

  const stranger = sandbox.visit("dale.example.org");
  await expect(stranger.signIn("lea", await sandbox.cluster.password("hill", "lea"))).rejects.toThrow(
    /refused/,
  );
  await stranger.close();
});

test("the admin token of one is refused by the other, and the Ingress leads to no admin API at all", async () => {
  const token = await sandbox.cluster.secret("default", "hill-admin", "token");
  const status = (where: string, site: string) =>
    sandbox.cluster.client.serviceProxy(
      where,
      `${site}-lms`,
      8081,
    )("/admin/v1/status", { headers: { "provost-authorization": `Bearer ${token}` } });
  expect((await status("default", "hill")).status).toBe(200);
  expect((await status("valley", "dale")).status).toBe(401);
  const visitor = sandbox.visit("hill.example.org");
  expect((await visitor.get("/admin/v1/status")).status).toBe(404);
  await visitor.close();
});

test("one that is deleted takes its own children along and leaves the other alone; its data stays", async () => {
  await sandbox.cluster.client.delete(LmsTenant, { namespace: "valley", name: "dale" });
  await sandbox.cluster.until("dale is gone", async () => {
    const tenant = await sandbox.cluster.client.find(LmsTenant, { namespace: "valley", name: "dale" });
    const admin = await sandbox.cluster.client.find(Secret, { namespace: "valley", name: "dale-admin" });
    return tenant === undefined && admin === undefined ? true : undefined;
  });
  // ADR 5: the volume and its password outlive the manifest.
  expect(
    await sandbox.cluster.client.find(Secret, { namespace: "valley", name: "dale-database" }),
  ).toBeDefined();
  const lea = await sandbox.signIn("hill", "lea");
  expect((await lea.get("/courses/basics")).status).toBe(200);
  await lea.close();

  // The Course and the RoleBindings are still declared: with the tenant back, the site is as it was.
  await sandbox.cluster.apply(...aSchool("dale", "valley"));
  await sandbox.cluster.condition("Course", "basics", "Ready", "True", { namespace: "valley" });
});
