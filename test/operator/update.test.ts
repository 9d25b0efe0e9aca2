// Updates as the operator begins them: who approves, when the window is open, what is asked for meanwhile. The test plays
// the Job's node; what comes after the checks is test/e2e/update.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LmsTenantSpecInput, MigrateReport } from "../../api/index.ts";
import { Deployment, Job } from "../../controller/engine/index.ts";
import { LmsTenant, ReleaseCatalog } from "../../controller/kinds.ts";
import { aCatalog, aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";
import { endJob, envOf, jobNamed } from "./jobs.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
  await harness.cluster.apply(
    aCatalog([
      { version: "1.0.0", image: "lms:1.0.0" },
      { version: "1.0.1", image: "lms:1.0.1", security: true },
      { version: "1.1.0", image: "lms:1.1.0" },
    ]),
  );
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

const site = (name: string, spec: Partial<LmsTenantSpecInput>) =>
  aTenant(name, {
    version: "1.0.0",
    backup: { destination: { volume: { size: "1Gi" } } },
    update: {},
    ...spec,
  });

/** A site that runs on 1.0.0 and should be on something else. */
async function begun(name: string, spec: Partial<LmsTenantSpecInput>) {
  await harness.cluster.apply(site(name, {}));
  await harness.runPods(name);
  await harness.cluster.condition("LmsTenant", name, "Ready");
  await harness.cluster.apply(site(name, spec));
  return updateOf(name, ({ to }) => to.image !== "lms:1.0.0");
}

const key = (name: string) => ({ namespace: "default", name });

type Update = NonNullable<NonNullable<LmsTenant["status"]>["update"]>;
const updateOf = (name: string, fits: (update: Update) => boolean): Promise<Update> => {
  let last: Update | undefined;
  return harness.cluster.until(
    `the update of ${name} is as it should be`,
    async () => {
      last = (await harness.cluster.client.get(LmsTenant, key(name))).status?.update;
      return last && fits(last) ? last : undefined;
    },
    () => JSON.stringify(last),
  );
};
const annotate = (name: string, annotations: Record<string, string>) =>
  harness.cluster.client.mergePatch(LmsTenant, key(name), { metadata: { annotations } });
const imageOf = async (name: string) =>
  (await harness.cluster.client.get(Deployment, key(`${name}-lms`))).spec?.template.spec?.containers[0]
    ?.image;

const PROVOST = fileURLToPath(new URL("../../cli/provost.js", import.meta.url));
/** `provost update …`; what it prints. */
const provost = async (...args: string[]): Promise<string> =>
  (
    await promisify(execFile)(process.execPath, [
      PROVOST,
      "update",
      ...args,
      "--kubeconfig",
      harness.kubeconfig,
    ])
  ).stdout;

/** A window of two hours that is open now, or opens in twelve hours. */
const window = (open: boolean) => ({
  schedule: `0 ${(new Date().getUTCHours() + (open ? 0 : 12)) % 24} * * *`,
  durationMinutes: 120,
  timeZone: "UTC",
});

test("a catalog tells what it offers, and what is wrong with it", async () => {
  const { cluster } = harness;
  await cluster.until("the catalog is ready", async () => {
    const { status } = await cluster.client.get(ReleaseCatalog, { namespace: "", name: "provost" });
    return status?.latest === "1.1.0" && status.offered === 3 ? true : undefined;
  });
  await cluster.apply(aCatalog([{ version: "1.0.0", image: "a", upgradesFrom: "2.0.0" }], "odd"));
  const odd = await cluster.until("the odd one is stalled", async () => {
    const found = await cluster.client.get(ReleaseCatalog, { namespace: "", name: "odd" });
    return found.status?.conditions?.find(({ type }) => type === "Stalled");
  });
  expect(odd).toMatchObject({ reason: "InvalidRelease" });
});

test("a supervised update waits for its own token", async () => {
  const { id, approvalToken = "" } = await begun("supervised", {
    version: "1.1.0",
    update: { approval: "Supervised", window: window(false) },
  });
  expect(approvalToken).toMatch(/^[0-9a-f]{24}$/);
  await harness.cluster.condition("LmsTenant", "supervised", "UpToDate", "False", {
    reason: "AwaitingApproval",
  });
  await annotate("supervised", { "provost.dev/approve-update": "yes" });
  expect(await updateOf("supervised", ({ reason }) => reason === "AwaitingApproval")).toMatchObject({ id });
  await provost("approve", "supervised");
  const approved = await updateOf("supervised", ({ step }) => step === "Window");
  expect(approved.id).toBe(id);
  expect(approved.approvalToken).toBeUndefined();
  // Good for this one only.
  await harness.cluster.apply(
    site("supervised", { version: "1.0.1", update: { approval: "Supervised", window: window(false) } }),
  );
  const other = await updateOf("supervised", ({ to }) => to.version === "1.0.1");
  expect(other.step).toBe("Approval");
  expect(other.approvalToken).not.toBe(approvalToken);
  await expect(provost("approve", "nobody")).rejects.toThrow(/there is no LmsTenant default\/nobody/);
});

test("outside its window nothing begins, except for a security release where that is allowed", async () => {
  const { id, message } = await begun("windowed", {
    version: "1.1.0",
    update: { window: window(false) },
  }).then(() => updateOf("windowed", ({ reason }) => reason === "WaitingForWindow"));
  expect(message).toMatch(/the window opens at \d{4}-/);
  expect(await harness.cluster.client.find(Job, key(`${id}-plan`))).toBeUndefined();
  await harness.cluster.apply(
    site("windowed", { version: "1.0.1", update: { window: { ...window(false), exceptSecurity: true } } }),
  );
  const urgent = await updateOf("windowed", ({ step }) => step === "Check");
  expect(urgent).toMatchObject({ to: { version: "1.0.1" }, security: true });
  await jobNamed(harness, `${urgent.id}-plan`);
});

test("in its window it is looked at by a Job of the new image; what that refuses is given up, and tried again for another manifest", async () => {
  const { id } = await begun("open", { version: "1.1.0", update: { window: window(true) } });
  const job = await jobNamed(harness, `${id}-plan`);
  expect(job.spec?.template.spec?.containers[0]).toMatchObject({
    image: "lms:1.1.0",
    args: ["lms", "migrate"],
  });
  expect(envOf(job, "PROVOST_MIGRATE_PLAN")).toBe("true");
  const refusal: MigrateReport = { ok: false, reason: "SchemaRefused", message: "not this one" };
  await endJob(harness, `${id}-plan`, refusal);
  const over = await updateOf("open", ({ result }) => result !== undefined);
  expect(over).toMatchObject({ result: "Abandoned", reason: "SchemaRefused", message: "not this one" });
  await harness.cluster.condition("LmsTenant", "open", "Stalled", "True", { reason: "UpdateAbandoned" });
  expect(await imageOf("open")).toBe("lms:1.0.0");
  const { status } = await harness.cluster.client.get(LmsTenant, key("open"));
  expect(status?.updates).toMatchObject([{ id, result: "Abandoned" }]);
  await harness.cluster.apply(site("open", { version: "1.1.0", site: { title: "Mended" } }));
  const again = await updateOf("open", (update) => update.id !== id);
  expect(again.step).toBe("Check");
  await annotate("open", { "provost.dev/retry-update": "nothing" });
  await endJob(harness, `${again.id}-plan`, refusal);
  await updateOf("open", ({ result }) => result !== undefined);
  const { sites } = JSON.parse(await provost("status", "--output", "json")) as { sites: object[] };
  expect(sites).toContainEqual(
    expect.objectContaining({ tenant: "open", upToDate: false, result: "Abandoned", to: "1.1.0" }),
  );
  await provost("retry", "open");
  await updateOf("open", (update) => update.id !== again.id && update.id !== id);
});

test("what is not asked for any more is forgotten, and paused and sleeping sites are let alone", async () => {
  const { id } = await begun("fickle", { version: "1.1.0", update: { window: window(false) } });
  await harness.cluster.apply(site("fickle", {}));
  expect(await updateOf("fickle", ({ result }) => result !== undefined)).toMatchObject({
    id,
    result: "Abandoned",
    reason: "NotWanted",
  });
  await harness.cluster.condition("LmsTenant", "fickle", "UpToDate");
  await harness.cluster.condition("LmsTenant", "fickle", "Ready");
  await harness.cluster.apply(site("fickle", { version: "1.1.0", paused: true }));
  await harness.cluster.condition("LmsTenant", "fickle", "Paused");
  expect(await updateOf("fickle", () => true)).toMatchObject({ id });
  await harness.cluster.apply(site("fickle", { version: "1.1.0" }));
  await updateOf("fickle", (update) => update.id !== id && update.step === "Check");
});

test("a version that no catalog has is told, before and after a site is set up", async () => {
  const { cluster } = harness;
  await cluster.apply(site("nowhere", { version: "3.0.0" }));
  await cluster.condition("LmsTenant", "nowhere", "Ready", "False", { reason: "ReleaseNotFound" });
  await cluster.apply(site("nowhere", { version: "1.0.0" }));
  await harness.runPods("nowhere");
  await cluster.condition("LmsTenant", "nowhere", "Ready");
  await cluster.apply(site("nowhere", { version: "3.0.0" }));
  await cluster.condition("LmsTenant", "nowhere", "Stalled", "True", { reason: "ReleaseNotFound" });
  expect(await imageOf("nowhere")).toBe("lms:1.0.0");
});

test("without spec.update another image simply rolls out", async () => {
  const { cluster } = harness;
  await cluster.apply(aTenant("plain", { image: "lms:1.0.0" }));
  await harness.runPods("plain");
  await cluster.condition("LmsTenant", "plain", "Ready");
  await cluster.apply(aTenant("plain", { image: "lms:1.1.0" }));
  await cluster.until("it rolls out", async () =>
    (await imageOf("plain")) === "lms:1.1.0" ? true : undefined,
  );
});

test("a catalog's rollout takes sites in waves, and stops when one went back", async () => {
  const { cluster } = harness;
  const releases = [
    { version: "1.0.0", image: "lms:1.0.0" },
    { version: "1.1.0", image: "lms:1.1.0" },
  ];
  const waves = [{ name: "canary", matchLabels: { tier: "canary" } }];
  await cluster.apply({
    ...aCatalog(releases, "fleet"),
    spec: { releases, rollout: { waves, soakMinutes: 0 } },
  });
  const update = { catalogRef: { name: "fleet" } };
  const inFleet = (name: string, version: string) => {
    const manifest = site(name, { version, update });
    const labels = name === "canary" ? { tier: "canary" } : {};
    return { ...manifest, metadata: { ...manifest.metadata, labels } };
  };
  for (const name of ["canary", "rest"]) {
    await cluster.apply(inFleet(name, "1.0.0"));
    await harness.runPods(name);
    await cluster.condition("LmsTenant", name, "Ready");
  }
  await cluster.apply(inFleet("canary", "1.1.0"), inFleet("rest", "1.1.0"));
  await updateOf("rest", ({ reason }) => reason === "WaitingForWave");
  const canary = await updateOf("canary", ({ step }) => step === "Check");
  const goesBack: MigrateReport = { ok: false, reason: "SchemaRefused", message: "no" };
  await endJob(harness, `${canary.id}-plan`, goesBack);
  await updateOf("canary", ({ result }) => result === "Abandoned");
  // What was given up before anything was touched halts nobody, and is tried again: the rest goes on waiting.
  expect((await updateOf("rest", () => true)).step).toBe("Window");
  const live = await cluster.client.get(LmsTenant, key("canary"));
  await cluster.client.patchStatus(LmsTenant, live, { update: { result: "RolledBack" } });
  await updateOf("rest", ({ reason }) => reason === "RolloutHalted");
  await cluster.until("the catalog says so", async () => {
    const { status } = await cluster.client.get(ReleaseCatalog, { namespace: "", name: "fleet" });
    return status?.halted?.includes("1.1.0") ? true : undefined;
  });
});
