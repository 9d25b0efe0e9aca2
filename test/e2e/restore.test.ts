// Restores end to end: a backup is tried, put in the place of its site, and made into another site.
import { afterAll, beforeAll, expect, test } from "vitest";
import { LmsTenant, Restore } from "../../controller/kinds.ts";
import { aBackup, aCourse, aRestore, aSchool, aTenant } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

const backup = { destination: { volume: { size: "1Gi" } } } as const;
const source = { backupRef: { name: "good" } } as const;

let sandbox: EmptySandbox;
beforeAll(async () => {
  sandbox = await emptySandbox();
  const { cluster } = sandbox;
  const [, ...rest] = aSchool("hill");
  await cluster.apply(aTenant("hill", { backup }), ...rest);
  await cluster.condition("RoleBinding", "learn", "Ready");
  await cluster.apply(aBackup("good", "hill"));
  await cluster.condition("Backup", "good", "Ready");
}, 200_000);
afterAll(async () => sandbox?.stop(), 60_000);

const restoreNamed = (name: string) => sandbox.cluster.client.get(Restore, { namespace: "default", name });

test("a drill restores the backup beside the site, starts the LMS on it, and leaves nothing but its verdict", async () => {
  const { cluster } = sandbox;
  await cluster.apply(aRestore("drill", "hill", { source }));
  await cluster.condition("Restore", "drill", "Ready");
  const { status } = await restoreNamed("drill");
  expect(status?.checks?.filter(({ ok }) => !ok)).toEqual([]);
  expect(status?.checks?.map(({ name }) => name)).toContain("SignIn");
  expect(status?.seconds).toBeGreaterThan(0);
  await cluster.condition("LmsTenant", "hill", "RestoreVerified");
});

test("in place: what came after the backup goes, what is declared is as declared, and there is a way back", async () => {
  const { cluster } = sandbox;
  await cluster.apply(aCourse("later", "hill", { title: "Added later" }));
  await cluster.condition("Course", "later", "Ready");
  await cluster.apply(aRestore("back", "hill", { mode: "InPlace", confirm: "hill", source }));
  await cluster.condition("Restore", "back", "Ready");
  const { status } = await restoreNamed("back");
  expect(status?.safetyBackup?.path).toMatch(/^default\/hill\/back-[0-9a-f]{8}-[0-9a-f]{6}$/);
  // The manifest still says that the course is there: it is brought again.
  const visitor = sandbox.visit("hill.example.org");
  await cluster.until("the course is there again", async () => {
    const { status: answer, html } = await visitor
      .get("/courses/later")
      .catch(() => ({ status: 0, html: "" }));
    return answer === 200 && textOf(html).includes("Added later") ? true : undefined;
  });
  await visitor.close();
  const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
  expect(tenant.status?.restore?.name).toBe("back");
  // And back again, from where the safety backup lies.
  const path = status?.safetyBackup?.path ?? "";
  await cluster.apply(aRestore("forth", "hill", { mode: "InPlace", confirm: "hill", source: { path } }));
  await cluster.condition("Restore", "forth", "Ready");
});

test("another site is made from the backup, without its people", async () => {
  const { cluster } = sandbox;
  const newTenant = { name: "copy", hostname: "copy.example.org", anonymize: true };
  await cluster.apply(aRestore("copying", "hill", { mode: "NewTenant", newTenant, source }));
  await cluster.condition("Restore", "copying", "Ready");
  const visitor = sandbox.visit("copy.example.org");
  const { status } = await visitor.get("/");
  expect(status).toBe(200);
  await visitor.close();
  const tenant = await cluster.client.get(LmsTenant, { namespace: "default", name: "copy" });
  expect(tenant.status?.bootstrap?.path).toMatch(/^default\/hill\/good-/);
});
