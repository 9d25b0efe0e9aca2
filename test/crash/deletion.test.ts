// The crash matrix of deletion: operator, LMS, PostgreSQL or Job dies by SIGKILL in every step that a site takes before it
// goes. It goes all the same, and what a learner did is in its last backup or in the data that stay.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LmsTenantSpecInput } from "../../api/index.ts";
import { Deployment, PersistentVolumeClaim } from "../../controller/engine/index.ts";
import { Backup, LmsTenant, Restore } from "../../controller/kinds.ts";
import { DELETION_STEPS } from "../../controller/tenant/steps/final-backup.ts";
import { takeQuiz } from "../scenario/learner.ts";
import { aSchool, aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { containerPids } from "../support/processes.ts";
import { killSoon, type Victim, VICTIMS } from "./blows.ts";

const KEY = { namespace: "default", name: "hill" };
const CLAIM = { namespace: "default", name: "hill-db-data" };
const LOOK_EVERY_MS = 20;
const backup = { destination: { volume: { size: "1Gi" } } } as const;

let sandbox: EmptySandbox;
/** Attempts that a learner was told are handed in. */
let accepted: string[] = [];
const killed = new Map<string, number>();
const endings: string[] = [];

beforeAll(async () => {
  sandbox = await emptySandbox(["--max-container-restart-period", "1"]);
  await sandbox.cluster.apply(...aSchool("hill"));
}, 200_000);
afterAll(async () => {
  await sandbox?.stop();
  const table = [...killed].map(([what, count]) => `${what}: ${count} killed`);
  console.error([...table, `${endings.length} deletions`, ...endings].join("\n"));
}, 60_000);

const is = <T>(object: T | undefined): boolean => object !== undefined;

/** Sees that a site is at a step. */
type Sight = (last: { backup: Backup | undefined; proof: Restore | undefined }) => boolean;
const SIGHTS: Readonly<Record<(typeof DELETION_STEPS)[number]["name"], Sight>> = {
  Policy: () => true,
  Backup: ({ backup }) => is(backup),
  Proof: ({ proof }) => is(proof),
  Data: ({ proof }) => is(proof?.status?.completedAt),
};

/** A Job comes so soon after its step begins that the step before would have it. */
const HAS_JOB: readonly string[] = ["Backup", "Proof"];

/** Key of the Restore that proves a last backup. */
const proofOf = (last: typeof KEY) => ({ ...last, name: `${last.name}-verify` });

/** Deletes the site, kills the victim once in each of the steps that it is seen in; when it is gone, its last backup's key. */
async function deleted(victim: Victim, steps: readonly (keyof typeof SIGHTS)[]): Promise<typeof KEY> {
  const { cluster, data } = sandbox;
  const { metadata } = await cluster.client.get(LmsTenant, KEY);
  const last = { ...KEY, name: `hill-final-${metadata.uid.slice(0, 6)}` };
  let [there, left] = [true, [...steps]];
  let at: keyof typeof SIGHTS | undefined;
  const under: Promise<void>[] = [];
  await cluster.client.delete(LmsTenant, KEY);
  const until = Date.now() + 180_000;
  while (there) {
    expect(Date.now(), `the site is held; ${left.join(", ")} not reached`).toBeLessThan(until);
    const seen = {
      backup: await cluster.client.find(Backup, last),
      proof: await cluster.client.find(Restore, proofOf(last)),
    };
    for (const step of left.filter((one) => SIGHTS[one](seen))) {
      at = step;
      under.push(
        // What comes in the next step is that step's.
        killSoon(data, victim, () => there && at === step).then((count) => {
          const what = `${victim} in ${step}`;
          killed.set(what, (killed.get(what) ?? 0) + count);
        }),
      );
    }
    left = left.filter((one) => !SIGHTS[one](seen));
    there = is(await cluster.client.find(LmsTenant, KEY));
    await sleep(LOOK_EVERY_MS);
  }
  await Promise.all(under);
  await cluster.until("its runtime is gone", async () =>
    is(await cluster.client.find(Deployment, { ...KEY, name: "hill-lms" })) ? undefined : true,
  );
  return last;
}

/** The site as it is to be deleted, with something done on it since. */
async function site(spec: Partial<LmsTenantSpecInput>): Promise<void> {
  const { cluster } = sandbox;
  await cluster.apply(aTenant("hill", { backup, ...spec }));
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.condition("RoleBinding", "learn", "Ready");
  const lea = await sandbox.signIn("hill", "lea");
  const lost = [];
  for (const path of accepted) if ((await lea.get(path)).path !== path) lost.push(path);
  expect(lost).toEqual([]);
  accepted.push((await takeQuiz(lea, "basics", "check", {})).path);
  await lea.close();
}

test.each(VICTIMS)(
  "SIGKILL of %s in every step before a site with a last backup goes",
  async (victim) => {
    const { cluster } = sandbox;
    await site({ deletionPolicy: "Backup" });
    const steps = DELETION_STEPS.map(({ name }) => name);
    const last = await deleted(
      victim,
      steps.filter((name) => victim !== "job" || HAS_JOB.includes(name)),
    );
    const final = await cluster.client.find(Backup, last);
    const proof = await cluster.client.find(Restore, proofOf(last));
    const proven = is(proof?.status?.completedAt);
    endings.push(`${victim}: ${proven ? "proven, the data went" : "not proven, the data stay"}`);
    if (proven) {
      await cluster.until("its data are gone", async () =>
        is(await cluster.client.find(PersistentVolumeClaim, CLAIM)) ? undefined : true,
      );
      const restoreFrom = { path: final?.status?.path ?? "", destination: { claimName: "hill-backups" } };
      await site({ bootstrap: { restoreFrom } });
    } else {
      expect(is(await cluster.client.find(PersistentVolumeClaim, CLAIM))).toBe(true);
      await site({});
    }
  },
  600_000,
);

test.each(VICTIMS)(
  "SIGKILL of %s as a site goes whose data stay",
  async (victim) => {
    await site({ deletionPolicy: "Retain" });
    await deleted(victim, ["Policy"]);
    endings.push(`${victim}: the data stay, as declared`);
    await site({});
  },
  600_000,
);

test.each(VICTIMS)(
  "SIGKILL of %s as a site goes with its data",
  async (victim) => {
    await site({ deletionPolicy: "Delete" });
    await deleted(victim, ["Policy"]);
    const { cluster, data } = sandbox;
    await cluster.until("nothing of it is left", async () => {
      const processes = [...containerPids(data, "lms"), ...containerPids(data, "postgres")];
      const claim = await cluster.client.find(PersistentVolumeClaim, CLAIM);
      return processes.length === 0 && claim === undefined ? true : undefined;
    });
    endings.push(`${victim}: the data went, as declared`);
    accepted = [];
  },
  600_000,
);

test("whoever has a process in every step was hit in every step", () => {
  const missed = DELETION_STEPS.flatMap(({ name }) =>
    (["operator", "postgres"] as const).map((victim) => `${victim} in ${name}`),
  ).filter((what) => !killed.get(what));
  expect(missed).toEqual([]);
  for (const step of HAS_JOB) expect(killed.get(`job in ${step}`) ?? 0, step).toBeGreaterThan(0);
});
