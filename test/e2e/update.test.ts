// Updates end to end, under load: releases that are well, and releases that are not, each as a build of its own.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LmsTenantSpecInput } from "../../api/index.ts";
import packageJson from "../../package.json" with { type: "json" };
import { LmsTenant } from "../../controller/kinds.ts";
import { type Crowd, crowdOf } from "../scenario/crowd.ts";
import { aBinding, aCatalog, aCourse, aTenant } from "../scenario/school.ts";
import type { Visitor } from "../scenario/visitor.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { buildRuntime, type RuntimeBuild } from "../support/runtime-build.ts";

const LEARNERS = Array.from({ length: 32 }, (_, index) => `learner-${index}`);
const NEXT_MIGRATION = "lms/db/migrations/0004_next.sql";

/** Releases by version, each with what is special about it. */
const BUILDS = {
  // Expands the schema; everything else is as it was.
  "0.2.0": buildRuntime({
    version: "0.2.0",
    files: { [NEXT_MIGRATION]: "-- compatible-from: 1\nALTER TABLE course ADD COLUMN next text;\n" },
  }),
  // Answers visitors as before, and does not find itself well.
  "0.3.0": buildRuntime({
    version: "0.3.0",
    files: { [NEXT_MIGRATION]: "-- compatible-from: 1\nALTER TABLE course ADD COLUMN next text;\n" },
    edits: {
      "lms/health/probe.ts": [
        [
          "return { ok: checks",
          'checks.push({ name: "Front", ok: false, detail: "the front page is upside down" });\n  return { ok: checks',
        ],
      ],
    },
  }),
} satisfies Record<string, RuntimeBuild>;

const repository = (version: string): string => `builds/v${version.replaceAll(".", "-")}`;
const catalog = aCatalog([
  { version: packageJson.version, image: `provost/provost:${packageJson.version}` },
  ...Object.keys(BUILDS).map((version) => ({ version, image: `${repository(version)}:${version}` })),
]);

const site = (version: string, spec: Partial<LmsTenantSpecInput> = {}) =>
  aTenant("hill", {
    replicas: 2,
    backup: { destination: { volume: { size: "1Gi" } } },
    version,
    update: { gate: { soakMinutes: 0 } },
    users: [
      { name: "root", email: "root@example.org", displayName: "Rosa Root" },
      ...LEARNERS.map((name) => ({ name, email: `${name}@example.org`, displayName: name })),
    ],
    ...spec,
  });

let sandbox: EmptySandbox;
let crowd: Crowd | undefined;
let visitors: Visitor[] = [];

beforeAll(async () => {
  sandbox = await emptySandbox(
    Object.entries(BUILDS).flatMap(([version, { folder }]) => [
      "--image",
      `${repository(version)}=${folder}`,
    ]),
  );
  await sandbox.cluster.apply(
    catalog,
    site(packageJson.version),
    aCourse("basics", "hill"),
    aBinding("learn", "hill", { role: "learner", users: LEARNERS, course: "basics" }),
  );
  await sandbox.cluster.condition("RoleBinding", "learn", "Ready");
  await sandbox.cluster.condition("LmsTenant", "hill", "Ready");
  visitors = await Promise.all(LEARNERS.map((name) => sandbox.signIn("hill", name)));
}, 300_000);
afterAll(async () => {
  await crowd?.leave();
  await Promise.all(visitors.map((visitor) => visitor.close()));
  await sandbox?.stop();
  for (const build of Object.values(BUILDS)) build.remove();
}, 120_000);

const hill = async () =>
  (await sandbox.cluster.client.get(LmsTenant, { namespace: "default", name: "hill" })).status;

/** Applies a version while learners are at work, and waits for the end of the update. */
async function updatedTo(version: string, spec?: Partial<LmsTenantSpecInput>) {
  const { cluster } = sandbox;
  crowd = crowdOf(visitors);
  await cluster.until("learners are at work", async () =>
    (crowd?.answered() ?? 0) > 200 ? true : undefined,
  );
  const before = (await hill())?.update?.id;
  await cluster.apply(site(version, spec));
  const update = await cluster.until(
    `the update to ${version} ends`,
    async () => {
      const found = (await hill())?.update;
      return found?.id !== before && found?.result !== undefined ? found : undefined;
    },
    () => undefined,
    240_000,
  );
  const answered = crowd.answered();
  await cluster.until("learners go on", async () =>
    (crowd?.answered() ?? 0) > answered + 200 ? true : undefined,
  );
  await crowd.leave();
  return update;
}

/** Every attempt that a learner was told is handed in is there. */
async function nothingIsLost(): Promise<void> {
  const { accepted } = crowd ?? { accepted: new Map<string, Visitor>() };
  expect(accepted.size).toBeGreaterThan(20);
  const lost: string[] = [];
  for (const [path, visitor] of accepted) if ((await visitor.get(path)).status !== 200) lost.push(path);
  expect(lost).toEqual([]);
}

test("a release that is well takes over without one failed request, and nothing is lost", async () => {
  const update = await updatedTo("0.2.0");
  expect(update).toMatchObject({ result: "Succeeded", verified: true, schema: { compatible: true } });
  expect(update.steps?.map(({ name }) => name)).toEqual(
    "Approval Window Check Backup Verify Migrate Rollout Soak".split(" "),
  );
  expect(crowd?.failures).toEqual([]);
  await nothingIsLost();
  await sandbox.cluster.condition("LmsTenant", "hill", "Ready");
  await sandbox.cluster.condition("LmsTenant", "hill", "UpToDate");
  expect((await hill())?.version).toBe("0.2.0");
}, 400_000);

test("a release that does not find itself well goes back by itself, without one failed request", async () => {
  const update = await updatedTo("0.3.0");
  expect(update).toMatchObject({
    result: "RolledBack",
    reason: "ProbeFailed",
    message: expect.stringContaining("the front page is upside down") as string,
  });
  expect(crowd?.failures).toEqual([]);
  await nothingIsLost();
  await sandbox.cluster.condition("LmsTenant", "hill", "UpToDate", "False", { reason: "UpdateRolledBack" });
  await sandbox.cluster.condition("LmsTenant", "hill", "Stalled");
  expect((await hill())?.version).toBe("0.2.0");
}, 400_000);
