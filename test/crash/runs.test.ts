// SIGKILL of operator, LMS, PostgreSQL or Job while the Job of a backup, of a drill or of a restore in place runs. Each comes
// to an end with a name, the next one completes, and what a learner did before is there. Every step of a Job by itself:
// lms/backup/crash.test.ts, lms/restore/kill.test.ts and, with PostgreSQL for a victim, restore.test.ts.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RestoreSpecInput } from "../../api/index.ts";
import { Backup, Restore } from "../../controller/kinds.ts";
import { takeQuiz } from "../scenario/learner.ts";
import { aBackup, aRestore, aSchool, aTenant } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";
import { containerPids } from "../support/processes.ts";
import { kill, type Victim, VICTIMS } from "./blows.ts";

const KEPT = "kept";
const KINDS = ["Backup", "Verify", "InPlace"] as const;
type Kind = (typeof KINDS)[number];

let sandbox: EmptySandbox;
let attempt: string;
let runs = 0;
let processes = 0;
const endings: string[] = [];

beforeAll(async () => {
  sandbox = await emptySandbox(["--max-container-restart-period", "1"]);
  const { cluster } = sandbox;
  const backup = { destination: { volume: { size: "1Gi" } } };
  await cluster.apply(...aSchool("hill"), aTenant("hill", { backup }));
  await cluster.condition("RoleBinding", "learn", "Ready");
  const lea = await sandbox.signIn("hill", "lea");
  attempt = (await takeQuiz(lea, "basics", "check", {})).path;
  await lea.close();
  await cluster.apply(aBackup(KEPT, "hill"));
  await cluster.condition("Backup", KEPT, "Ready");
}, 300_000);
afterAll(async () => {
  await sandbox?.stop();
  console.error([`${runs} runs, ${processes} processes killed`, ...endings].join("\n"));
}, 60_000);

function manifest(kind: Kind, name: string) {
  if (kind === "Backup") return aBackup(name, "hill");
  const source: RestoreSpecInput["source"] = { backupRef: { name: KEPT } };
  return kind === "Verify"
    ? aRestore(name, "hill", { source })
    : aRestore(name, "hill", { source, mode: "InPlace", confirm: "hill" });
}

/** Kills the victim when the Job is at work. */
async function strike(victim: Victim): Promise<void> {
  const { cluster, data } = sandbox;
  await cluster.until("the Job runs", async () => (containerPids(data, "job").length > 0 ? true : undefined));
  // Anywhere in its few hundred milliseconds.
  await sleep(Math.random() * 300);
  processes += kill(data, victim);
}

/** Makes a run; how it ended. */
async function run(kind: Kind, name: string, victim?: Victim): Promise<string> {
  const { cluster } = sandbox;
  runs++;
  await cluster.apply(manifest(kind, name));
  if (victim) await strike(victim);
  return cluster.until(
    `${kind} ${name} ends`,
    async () => {
      const key = { namespace: "default", name };
      const { status } = await (kind === "Backup"
        ? cluster.client.get(Backup, key)
        : cluster.client.get(Restore, key));
      if (status?.completedAt !== undefined) return "complete";
      const told = status?.conditions?.find(({ type }) => type === "Complete");
      return status?.failedAt === undefined ? undefined : `${told?.reason}: ${told?.message}`;
    },
    () => undefined,
    240_000,
  );
}

const matrix = KINDS.flatMap((kind) => VICTIMS.map((victim) => [victim, kind] as const));

test.each(matrix)(
  "SIGKILL of %s while the Job of %s runs",
  async (victim, kind) => {
    const name = `${kind}-${victim}`.toLowerCase();
    const ending = await run(kind, name, victim);
    endings.push(`${victim} during ${kind}: ${ending}`);
    if (ending !== "complete") {
      expect(ending).toMatch(/^[A-Z][A-Za-z]+: ./);
      expect(await run(kind, `${name}-again`)).toBe("complete");
    }
    await sandbox.cluster.condition("LmsTenant", "hill", "Available");
    const lea = await sandbox.cluster.until("the learner is let in", () =>
      sandbox.signIn("hill", "lea").catch(() => undefined),
    );
    expect((await lea.get(attempt)).path).toBe(attempt);
    await lea.close();
  },
  600_000,
);
