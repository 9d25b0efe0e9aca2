// Every example comes up as it is, all of them side by side in one sandbox.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LmsTenant, lmsTenantKind } from "../../api/index.ts";
import { asStored, FOLDERS, kindOf, readExample } from "../examples/examples.ts";
import { Visitor } from "../scenario/visitor.ts";
import { type DataFolder, dataFolder, freePort, SandboxProcess } from "../support/sandbox-process.ts";

let data: DataFolder;
let sandbox: SandboxProcess;

beforeAll(async () => {
  data = await dataFolder();
  sandbox = new SandboxProcess({
    data: data.path,
    files: ["examples"],
    args: ["--port", String(await freePort())],
  });
});
afterAll(async () => {
  await sandbox.stop();
  await data.remove();
}, 60_000);

test("all objects become Ready, every site opens, and everybody declared has a password", async () => {
  const ready = await sandbox.ready();
  const examples = await Promise.all(FOLDERS.map(readExample));
  const tenants = examples.flatMap(({ objects }) =>
    objects
      .filter((one) => kindOf(one) === lmsTenantKind)
      .map((one) => asStored<LmsTenant>(lmsTenantKind, one)),
  );
  const sites = tenants.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  expect(ready.sites.map(({ namespace, name }) => `${namespace}/${name}`).sort()).toEqual(sites.sort());
  for (const { name, url } of ready.sites) {
    const page = await new Visitor(url).get("/");
    expect(page.status, name).toBe(200);
  }
  const people = tenants.flatMap(({ metadata, spec }) =>
    (spec.users ?? [])
      .filter(({ suspended }) => !suspended)
      .map((user) => `${metadata.namespace}/${metadata.name} ${user.name}`),
  );
  const accounts = ready.accounts.filter(({ password }) => password.length > 0);
  expect(accounts.map(({ namespace, site, user }) => `${namespace}/${site} ${user}`).sort()).toEqual(
    people.sort(),
  );
}, 200_000);
