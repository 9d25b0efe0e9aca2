// `npm run bench:lms`: what a page of the LMS runtime costs, against a bare server with one query on the same machine.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { removeFolder } from "../../sandbox/node/reachable.ts";
import {
  coursesOf,
  courseKey,
  learnerName,
  LESSON_MARK,
  passwordOf,
  RIGHT_ANSWERS,
} from "./lms/documents.ts";
import {
  type Job,
  type Load,
  type Loader,
  requestsOf,
  type Signed,
  startLoader,
  type Work,
} from "./lms/load.ts";
import { type BenchPostgres, startPostgres } from "./lms/postgres.ts";
import { cpuMs, type Memory, memory } from "./lms/proc.ts";
import { percentile } from "./percentile.ts";
import { type Cell, HELP, report, type Result, TARGETS } from "./lms/report.ts";
import { declareAll, letLearnersWork, startSite } from "./lms/site.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "15" },
    pages: { type: "string", default: "" },
    flags: { type: "string", default: "" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const CONNECTIONS = [1, 8] as const;
/** People signed in for the pages. */
const SIGNED_IN = 60;
/** Operations a cell makes at most, whatever its time. */
const MOST = 50_000;

const WORK: Readonly<Record<string, Work>> = {
  "sign-in": {
    kind: "sign in",
    people: Array.from(
      { length: SIGNED_IN },
      (_, i) => [learnerName(i), passwordOf(learnerName(i))] as const,
    ),
  },
  dashboard: { kind: "page", paths: ["/dashboard"], marker: "Continue where you left off" },
  catalog: { kind: "page", paths: ["/catalog"], marker: "Everything you can learn here." },
  course: { kind: "own page", path: "/courses/{course}", marker: "items done" },
  lesson: { kind: "own page", path: "/courses/{course}/items/lesson-00", marker: LESSON_MARK },
  "quiz-attempt": {
    kind: "attempt",
    quiz: "/courses/{course}/items/quiz-1",
    answers: RIGHT_ANSWERS.map(([question, answer]) => [`q.${question}`, answer] as const),
  },
};

const progress = (line: string): void => {
  if (values.output !== "json") console.error(line);
};

async function startFloor(postgres: BenchPostgres) {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "lms/floor.ts")], {
    env: { PATH: process.env["PATH"], ...postgres.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { port } = JSON.parse(line) as { port: number };
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    ended: once(child, "exit"),
    stop: () => child.kill("SIGTERM"),
  };
}

/** Signs somebody in as a browser does, and reads their token for forms. */
async function signIn(base: string, learner: number): Promise<Signed> {
  const name = learnerName(learner);
  const body = new URLSearchParams({ nameOrEmail: name, password: passwordOf(name) });
  const answer = await fetch(`${base}/sign-in`, { method: "POST", redirect: "manual", body });
  const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  const page = await (await fetch(`${base}/account`, { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1];
  if (answer.status !== 303 || csrf === undefined)
    throw new Error(`${name} could not sign in: ${answer.status}`);
  return { cookie, csrf, courses: coursesOf(learner).map(courseKey) };
}

interface Measured {
  operations: number;
  ms: number;
  latenciesMs: number[];
  /** Milliseconds of processor time. */
  cpu: number;
  databaseCpu: number;
  bytes: number;
}

const nothing = (): Measured => ({ operations: 0, ms: 0, latenciesMs: [], cpu: 0, databaseCpu: 0, bytes: 0 });

/** Runs a job, its processor time included, and adds it to what was measured before. */
async function measure(loader: Loader, job: Job, pids: { server: number; database: number }, into: Measured) {
  const before = [cpuMs(pids.server), cpuMs(pids.database)] as const;
  const load: Load = await loader.run(job);
  if (load.wrong.length > 0) throw new Error(`answers were wrong:\n  ${load.wrong.join("\n  ")}`);
  into.operations += load.operations;
  into.ms += load.ms;
  into.latenciesMs.push(...load.latenciesMs);
  into.cpu += cpuMs(pids.server) - before[0];
  into.databaseCpu += cpuMs(pids.database) - before[1];
  into.bytes = load.bytes;
}

const folder = await mkdtemp(path.join(tmpdir(), "provost-bench-lms-"));
const undo: (() => unknown)[] = [
  () => removeFolder(path.join(folder, "cache/postgres-templates")),
  () => removeFolder(folder),
];
try {
  const postgres = await startPostgres(folder);
  undo.push(() => postgres.stop());
  const flags = values.flags.split(" ").filter((flag) => flag !== "");
  // Once for nothing: what every start but the first finds is compiled code.
  await (await startSite(folder, postgres, flags)).stop();
  const site = await startSite(folder, postgres, flags);
  undo.push(() => site.stop());
  const memoryOf = () => ({ lms: memory(site.pid), postgres: memory(postgres.pid) });
  const started = memoryOf();
  progress("filling the site with 24 courses, 200 learners and their work …");
  await declareAll(site);
  await letLearnersWork(postgres);
  const filled = memoryOf();
  const floor = await startFloor(postgres);
  undo.push(() => floor.stop());
  const loader = startLoader();
  undo.push(() => loader.stop());
  const people: Signed[] = [];
  for (let i = 0; i < SIGNED_IN; i++) people.push(await signIn(site.url, i));

  const chosen = Object.entries(WORK).filter(
    ([name]) => values.pages === "" || values.pages.split(",").includes(name),
  );
  if (chosen.length === 0) throw new Error(`--pages takes some of: ${Object.keys(WORK).join(", ")}`);
  const rounds = Number(values.rounds);
  const sliceMs = (Number(values.seconds) * 1000) / rounds;
  const cells: Cell[] = [];
  for (const [page, work] of chosen)
    for (const connections of CONNECTIONS) {
      const [own, floored, bare] = [nothing(), nothing(), nothing()];
      const job = { base: site.url, work, people, connections, ms: sliceMs, most: MOST };
      // Once unmeasured: statements are prepared, code is compiled, and the size of the page is known.
      const warm = await loader.run({ ...job, ms: 300 });
      const floorJob = (query: string): Job => {
        // Names of pages may hold spaces, request paths may not.
        const path = `/${encodeURIComponent(query)}/${warm.bytes}/{course}`;
        return { ...job, base: floor.url, work: { kind: "own page", path, marker: "<title>floor" } };
      };
      const turns = [
        [floorJob(page), floor.pid, floored],
        [job, site.pid, own],
        [floorJob("session"), floor.pid, bare],
      ] as const;
      for (const [each] of turns) await loader.run({ ...each, ms: 200 });
      for (let round = 0; round < rounds; round++)
        for (const [each, server, into] of turns)
          await measure(loader, each, { server, database: postgres.pid }, into);
      const requests = own.operations * requestsOf(work);
      cells.push({
        page,
        connections,
        requests,
        requests_per_second: (requests * 1000) / own.ms,
        floor_requests_per_second: (floored.operations * 1000) / floored.ms,
        bare_requests_per_second: (bare.operations * 1000) / bare.ms,
        p50_ms: percentile(own.latenciesMs, 0.5),
        p99_ms: percentile(own.latenciesMs, 0.99),
        floor_p50_ms: percentile(floored.latenciesMs, 0.5),
        cpu_ms: own.cpu / requests,
        database_cpu_ms: own.databaseCpu / requests,
        floor_cpu_ms: floored.cpu / floored.operations,
        floor_database_cpu_ms: floored.databaseCpu / floored.operations,
        bytes: own.bytes,
      });
      progress(`${page} at ${connections}: ${Math.round((requests * 1000) / own.ms)} requests/s`);
    }
  // Its connections are not the site's.
  floor.stop();
  await floor.ended;
  await sleep(2_000);
  const loaded = memoryOf();
  // Longer than idle connections are kept.
  await sleep(30_000);
  const rested = memoryOf();
  const sum = ({ lms, postgres: database }: { lms: Memory; postgres: Memory }): number =>
    lms.pssMiB + database.pssMiB;
  const result: Result = {
    node: process.version,
    cpus: availableParallelism(),
    seconds_per_cell: Number(values.seconds),
    opened_ms: site.openedMs,
    cells,
    memory: { started, filled, loaded, rested, site_pss_mib: sum(loaded) },
    targets: TARGETS,
  };
  report(result, values.output === "json");
} finally {
  for (const step of undo.toReversed()) await step();
}
process.exit();
