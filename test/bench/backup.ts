// `npm run bench:backup`: what a backup and a restore cost, beside pg_dump and pg_restore of the same data in the same run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createDatabase } from "../../lms/db/index.ts";
import { removeFolder } from "../../sandbox/node/reachable.ts";
import { fill } from "./backup/fill.ts";
import { measured, type Measured } from "./backup/measured.ts";
import { HELP, report, type Result, TARGETS, type Way } from "./backup/report.ts";
import { type BenchServer, startServer } from "./backup/server.ts";
import { courseKey, coursesOf, learnerName, LESSON_MARK, passwordOf } from "./lms/documents.ts";
import { type Job, type Signed, startLoader } from "./lms/load.ts";
import { type BenchSite, declareAll, letLearnersWork, startSite } from "./lms/site.ts";
import { percentile } from "./percentile.ts";

const { values } = parseArgs({
  options: {
    "database-mib": { type: "string", default: "200" },
    "files-mib": { type: "string", default: "400" },
    rounds: { type: "string", default: "3" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const MIB = 1024 * 1024;
const CONNECTIONS = 4;
const PEOPLE = 20;
const PROVOST = path.join(import.meta.dirname, "../../cli/provost.js");
const PATH_OF_BACKUP = "academy/main/bench";
const progress = (line: string): void => {
  if (values.output !== "json") console.error(line);
};

const median = (all: readonly Measured[]): Measured => {
  const sorted = all.toSorted((a, b) => a.seconds - b.seconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error("nothing was measured");
  return { seconds: middle.seconds, peakMib: Math.max(...all.map(({ peakMib }) => peakMib)) };
};
const wayOf = ({ seconds, peakMib }: Measured, bytes: number): Way => ({
  seconds,
  mb_per_second: bytes / 1e6 / seconds,
  peak_rss_mib: peakMib,
});

const folder = await mkdtemp(path.join(tmpdir(), "provost-bench-backup-"));
const backups = path.join(folder, "backups");
const dump = path.join(folder, "dump");
const undo: (() => unknown)[] = [() => removeFolder(folder)];

const backupEnv = (server: BenchServer, id: string): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  ...server.env,
  PROVOST_BACKUP_LOCATION: backups,
  PROVOST_BACKUP_SITE: "academy/main",
  PROVOST_BACKUP_ID: id,
  PROVOST_BACKUP_ORIGIN: "manual",
});

async function backUp(server: BenchServer): Promise<Measured> {
  await rm(path.join(backups, PATH_OF_BACKUP), { recursive: true, force: true });
  return measured([process.execPath, PROVOST, "lms", "backup"], backupEnv(server, "bench"));
}

async function pgDump(server: BenchServer, tools: string): Promise<Measured> {
  const env = { PATH: process.env["PATH"], ...server.env };
  return measured([path.join(tools, "pg_dump"), "-Fc", "-f", dump], env);
}

async function restore(server: BenchServer): Promise<Measured> {
  await server.create("restored");
  const env = { PATH: process.env["PATH"], ...server.env, PGDATABASE: "restored" };
  const where = ["--location", backups, "--path", PATH_OF_BACKUP];
  return measured([process.execPath, PROVOST, "backup", "restore", ...where], env);
}

async function pgRestore(server: BenchServer, tools: string): Promise<Measured> {
  await server.create("restored");
  const env = { PATH: process.env["PATH"], ...server.env };
  return measured([path.join(tools, "pg_restore"), "-d", "restored", "--no-owner", dump], env);
}

async function signIn(base: string, learner: number): Promise<Signed> {
  const name = learnerName(learner);
  const body = new URLSearchParams({ nameOrEmail: name, password: passwordOf(name) });
  const answer = await fetch(`${base}/sign-in`, { method: "POST", redirect: "manual", body });
  if (answer.status !== 303) throw new Error(`${name} could not sign in: ${answer.status}`);
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, csrf: "", courses: coursesOf(learner).map(courseKey) };
}

/** Latencies of a lesson's page, in turns at rest and while backups are made. */
async function serve(server: BenchServer, site: BenchSite): Promise<Result["serving"]> {
  const loader = startLoader();
  undo.push(() => loader.stop());
  const people: Signed[] = [];
  for (let i = 0; i < PEOPLE; i++) people.push(await signIn(site.url, i));
  const work = { kind: "own page", path: "/courses/{course}/items/lesson-00", marker: LESSON_MARK } as const;
  const job: Job = { base: site.url, work, people, connections: CONNECTIONS, ms: 2_000, most: 1e6 };
  await loader.run(job);
  const rest: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    rest.push(...(await loader.run({ ...job, ms: 5_000 })).latenciesMs);
    const id = `serving-${round}`;
    const child = spawn(process.execPath, [PROVOST, "lms", "backup"], {
      env: backupEnv(server, id),
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (child.exitCode === null) busy.push(...(await loader.run({ ...job, ms: 500 })).latenciesMs);
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`the backup that was to disturb visitors ended with ${String(code)}`);
    await rm(path.join(backups, `academy/main/${id}`), { recursive: true, force: true });
  }
  const [p99, p99During] = [percentile(rest, 0.99), percentile(busy, 0.99)];
  return {
    p50_ms: percentile(rest, 0.5),
    p99_ms: p99,
    p50_ms_during_backup: percentile(busy, 0.5),
    p99_ms_during_backup: p99During,
    p99_ratio: p99During / p99,
  };
}

async function bytesIn(place: string): Promise<number> {
  const found = await stat(place);
  if (found.isFile()) return found.size;
  const names = await readdir(place, { recursive: true });
  const sizes = await Promise.all(names.map(async (name) => stat(path.join(place, name))));
  return sizes.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

try {
  await mkdir(backups);
  const server = await startServer(folder);
  undo.push(() => server.stop());
  if (server.tools) await server.create("lms");
  const site = await startSite(folder, server);
  undo.push(() => site.stop());
  progress("filling the site …");
  await declareAll(site);
  await letLearnersWork(server);
  const sizes = { databaseMib: Number(values["database-mib"]), filesMib: Number(values["files-mib"]) };
  const bytes = await fill(server.config, sizes, progress);
  const db = createDatabase({ ...server.config, maxConnections: 1 });
  const version = await db.first<{ v: string }>("SELECT current_setting('server_version') AS v");
  await db.close();
  const runs = {
    ours: [] as Measured[],
    theirs: [] as Measured[],
    back: [] as Measured[],
    theirBack: [] as Measured[],
  };
  for (let round = 1; round <= Number(values.rounds); round++) {
    runs.ours.push(await backUp(server));
    if (server.tools) runs.theirs.push(await pgDump(server, server.tools));
    runs.back.push(await restore(server));
    if (server.tools) runs.theirBack.push(await pgRestore(server, server.tools));
    progress(
      `round ${round}: ${runs.ours.at(-1)?.seconds.toFixed(1)} s and back ${runs.back.at(-1)?.seconds.toFixed(1)} s`,
    );
  }
  const [ours, back] = [median(runs.ours), median(runs.back)];
  const theirs = runs.theirs.length > 0 ? median(runs.theirs) : undefined;
  const theirBack = runs.theirBack.length > 0 ? median(runs.theirBack) : undefined;
  const storedOurs = await bytesIn(path.join(backups, PATH_OF_BACKUP));
  const result: Result = {
    node: process.version,
    cpus: availableParallelism(),
    server_version: version?.v ?? "",
    database_mib: bytes / MIB,
    stored_mib: { ours: storedOurs / MIB, ...(theirs && { pg_dump: (await bytesIn(dump)) / MIB }) },
    backup: {
      ours: wayOf(ours, bytes),
      ...(theirs && { pg_dump: wayOf(theirs, bytes), speed_ratio: theirs.seconds / ours.seconds }),
    },
    restore: {
      ours: wayOf(back, bytes),
      ...(theirBack && {
        pg_restore: wayOf(theirBack, bytes),
        speed_ratio: theirBack.seconds / back.seconds,
      }),
    },
    serving: await serve(server, site),
    targets: TARGETS,
  };
  report(result, values.output === "json");
} finally {
  for (const step of undo.toReversed()) await step();
}
process.exit();
