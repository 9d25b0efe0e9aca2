// The crash matrix of updates: operator, LMS, PostgreSQL or Job dies by SIGKILL in every step of an update that is well, of
// one that goes back, and of one that goes back with its data, while learners work. PROVOST_CRASH=all makes every run.
import { afterAll, beforeAll, expect, test } from "vitest";
import { UPDATE_STEPS } from "../../api/index.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { ADDS, BREAKS, NEXT_MIGRATION, notWell } from "../support/releases.ts";
import { CURRENT, UpdateStage } from "../support/update-stage.ts";
import { Blows, type Victim, VICTIMS } from "./blows.ts";

type Path = "comes back with its data" | "comes back" | "is well";
/** From a release that is well nobody comes back: each victim has its own. */
const versionOf = (path: Path, victim: number): string =>
  ({ "comes back with its data": "1.1.0", "comes back": "1.2.0", "is well": `1.${3 + victim}.0` })[path];
const EXPANDS = { [NEXT_MIGRATION]: ADDS };
const DECLARED: Readonly<Record<Path, object>> = {
  "comes back with its data": { result: "RolledBack", reason: "ProbeFailed", schema: { compatible: false } },
  "comes back": { result: "RolledBack", reason: "ProbeFailed", schema: { compatible: true } },
  "is well": { result: "Succeeded", schema: { compatible: true } },
};
/** Where each victim must have been found, on one path or another; the runtime is stopped in some steps. */
const FOUND_IN: Readonly<Record<Victim, readonly (typeof UPDATE_STEPS)[number][]>> = {
  operator: UPDATE_STEPS,
  postgres: UPDATE_STEPS,
  lms: ["Approval", "Window", "Check", "Backup", "Verify", "Migrate", "Rollout", "Soak", "Revert"],
  job: ["Check", "Backup", "Verify", "FinalBackup", "Migrate", "Restore"],
};
/** Each is hit in one step more than the one before, or is the last. */
const MOST_UPDATES = 2 * UPDATE_STEPS.length;
const KEY = { namespace: "default", name: "hill" };

let stage: UpdateStage;
beforeAll(async () => {
  stage = await UpdateStage.start(
    [
      {
        version: versionOf("comes back with its data", 0),
        files: { ...EXPANDS, "lms/db/migrations/0005_breaks.sql": BREAKS },
        edits: notWell("not well"),
      },
      { version: versionOf("comes back", 0), files: EXPANDS, edits: notWell("not well") },
      ...VICTIMS.map((_, victim) => ({ version: versionOf("is well", victim), files: EXPANDS })),
    ],
    4,
    { args: ["--max-container-restart-period", "1"] },
  );
}, 300_000);
afterAll(async () => {
  await stage?.stop();
  report();
}, 120_000);

type Update = Awaited<ReturnType<UpdateStage["nextUpdate"]>>;
const struck = new Map<Victim, Map<string, number>>();
const endings: string[] = [];
let updates = 0;

function report(): void {
  const rows = UPDATE_STEPS.map((step) => [
    step,
    ...VICTIMS.map((victim) => struck.get(victim)?.get(step) ?? 0),
  ]);
  const lines = [["processes killed in", ...VICTIMS], ...rows].map((row) =>
    row.map((cell, column) => String(cell).padEnd(column === 0 ? 22 : 10)).join(""),
  );
  console.error([...lines, `${updates} updates`, ...endings].join("\n"));
}

/** Asks for a version, or once more where it was rolled back. */
async function ask(version: string): Promise<void> {
  const { cluster } = stage.sandbox;
  const { update } = await stage.status();
  if (update?.to.version !== version) return cluster.apply(stage.site(version));
  const annotations = { "provost.dev/retry-update": update.id };
  await cluster.client.mergePatch(LmsTenant, KEY, { metadata: { annotations } });
}

/** Updates again and again, until one comes to its end without a step in which something is killed for the first time. */
async function strikeEverywhere(version: string, victim: Victim): Promise<Update[]> {
  const { data, kubeconfig, cluster } = stage.sandbox;
  const blows = new Blows(data, victim);
  await blows.watch(kubeconfig, KEY.namespace, ({ status }) => status?.update?.to.version === version);
  const made: Update[] = [];
  try {
    for (;;) {
      const before = blows.hits;
      const update = await stage.nextUpdate(() => ask(version));
      made.push(update);
      endings.push(`${victim}: ${update.step} ${update.result}: ${update.reason}: ${update.message}`);
      // Whatever became of it has a name, and the site serves on.
      expect(update).toMatchObject({ reason: expect.any(String), message: expect.any(String) });
      await cluster.condition("LmsTenant", "hill", "Available");
      if (blows.hits === before || update.result === "Succeeded") return made;
      expect(made.length).toBeLessThan(MOST_UPDATES);
    }
  } finally {
    await blows.end();
    const sums = struck.get(victim) ?? new Map<string, number>();
    for (const [step, killed] of blows.struck) sums.set(step, (sums.get(step) ?? 0) + killed);
    struck.set(victim, sums);
    updates += made.length;
  }
}

/** The longest way has every step; of the others one victim each will do, unless all are wanted. */
const isWanted = (path: Path, victim: Victim): boolean =>
  process.env["PROVOST_CRASH"] === "all" ||
  path === "comes back with its data" ||
  victim === (path === "comes back" ? "lms" : "postgres");

const matrix = (Object.keys(DECLARED) as Path[]).flatMap((path) =>
  VICTIMS.map((victim, index) => [victim, path, index] as const).filter(([victim]) => isWanted(path, victim)),
);

test.each(matrix)(
  "SIGKILL of %s in every step of an update that %s",
  async (victim, path, index) => {
    const version = versionOf(path, index);
    const made = await stage.duringWork(() => strikeEverywhere(version, victim));
    expect(made.at(-1)).toMatchObject(DECLARED[path]);
    const [stopped] = made.flatMap(({ steps = [] }) => steps.filter(({ name }) => name === "Stop"));
    // Restored data have no sessions; what came after the stop is in the saved work.
    if (stopped) await stage.signInAgain();
    await stage.nothingIsLost(stopped && new Date(stopped.startedAt));
    expect((await stage.status()).version).toBe(path === "is well" ? version : CURRENT);
    await stage.sandbox.cluster.condition("LmsTenant", "hill", "Available");
  },
  900_000,
);

test("every step was come to with every victim, and it was there to be hit", () => {
  for (const victim of VICTIMS) {
    expect([...(struck.get(victim)?.keys() ?? [])].sort()).toEqual([...UPDATE_STEPS].sort());
    const missed = FOUND_IN[victim].filter((step) => struck.get(victim)?.get(step) === 0);
    expect({ victim, missed }).toEqual({ victim, missed: [] });
  }
});
