// `npm run bench:engine`: what the engine adds to the writes it has to make, beside what else there is on Node to write
// operators with.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createClient, loadAccess } from "../../controller/engine/index.ts";
import { installWidgets } from "../cluster/engine/widget.ts";
import { connect } from "./engine/api.ts";
import { startApiServerProcess } from "./engine/apiserver.ts";
import { CONTENDERS, preparePepr } from "./engine/contenders.ts";
import { BENCH_AGENT } from "./engine/counters.ts";
import { nodeFlags } from "../support/dockerfile.ts";
import { courseMemory } from "./engine/courses.ts";
import { failovers } from "./engine/failover.ts";
import { installPeers } from "./engine/peers.ts";
import { HELP, report } from "./engine/report.ts";
import {
  FLOOR,
  median,
  metOf,
  OURS,
  type Result,
  type Run,
  rowOf,
  TARGETS,
  timesBestPeer,
} from "./engine/summary.ts";
import { type Trial, trial, type TrialOptions } from "./engine/trial.ts";

const { values } = parseArgs({
  options: {
    objects: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    edits: { type: "string", default: "100" },
    concurrency: { type: "string", default: "32" },
    contenders: { type: "string", default: "" },
    courses: { type: "string" },
    failovers: { type: "string" },
    flags: { type: "string", default: "" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

/** Connections at which the floor is tried. */
const FLOOR_TRIES = [4, 8, 16, 32, 64];
/** So often at each. */
const FLOOR_TIMES = 3;
/** So few are declared in passing, while the fail-overs wait for Leases to expire. */
const FEW_COURSES = 1_000;
const objects = Number(values.objects);
const rounds = Number(values.rounds);
const concurrency = Number(values.concurrency);
const edits = Math.min(objects, Number(values.edits));
const courses = Number(values.courses ?? 10 * objects);
const flags = values.flags.split(" ").filter((flag) => flag !== "");
const times = Number(values.failovers ?? rounds);
for (const [flag, value] of Object.entries({ objects, rounds, concurrency }))
  if (!(Number.isInteger(value) && value > 0)) throw new Error(`--${flag} takes a whole number above 0`);

const known = CONTENDERS.map(({ name }) => name);
const named = values.contenders === "" ? known : values.contenders.split(",");
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0)
  throw new Error(`--contenders takes some of: ${known.join(", ")}; not ${unknown.join(", ")}`);

const progress = (line: string): void => {
  if (values.output !== "json") console.error(line);
};

const undo: (() => unknown)[] = [];
const end = async (): Promise<void> => {
  for (const step of undo.splice(0).toReversed()) await step();
};
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void end().finally(() => process.exit(1)));
try {
  const chosen = CONTENDERS.filter(({ name }) => named.includes(name));
  const peers = chosen.some(({ isPeer }) => isPeer) ? await installPeers(progress) : { folder: "" };
  const kubeconfig = process.env["KUBECONFIG"];
  const server = await startApiServerProcess(kubeconfig);
  undo.push(() => server.stop());
  const api = await connect(server.kubeconfig, BENCH_AGENT, 32);
  undo.push(() => api.close());
  const access = await loadAccess({ kubeconfig: server.kubeconfig });
  const client = createClient({ access, fieldManager: "bench", userAgent: BENCH_AGENT });
  undo.push(() => client.close());
  await installWidgets(client);
  const pepr = named.includes("pepr") ? await preparePepr(client) : undefined;
  undo.push(() => pepr?.remove());

  const turn = (name: string, more: Partial<TrialOptions> = {}): Promise<Trial> =>
    trial(name, {
      api,
      kubeconfig: server.kubeconfig,
      peers: peers.folder,
      objects,
      edits,
      concurrency,
      // Enough for a contender that takes 50 ms for each object, and half a minute to begin.
      patienceMs: 30_000 + 50 * objects,
      flags: name === OURS ? flags : [],
      env: (name === "pepr" && pepr?.env) || {},
      counts: () => server.counts(),
      serverCpuMs: () => server.cpuMs(),
      ...more,
    });

  let floorConcurrency = concurrency;
  if (named.includes(FLOOR)) {
    // Once for nothing: the API server compiles its code with the first requests.
    await turn(FLOOR);
    // One turn each tells little: the quickest of several would be the luckiest.
    const tries = new Map(FLOOR_TRIES.map((tried) => [tried, [] as number[]]));
    for (let time = 0; time < FLOOR_TIMES; time++)
      for (const [tried, rates] of tries) {
        const { startRate, changeRate } = await turn(FLOOR, { concurrency: tried });
        rates.push(2 / (1 / startRate + 1 / changeRate));
      }
    let best = 0;
    for (const [tried, rates] of tries) {
      const rate = median(rates);
      progress(`floor at ${tried} connections: ${rate.toFixed(0)} objects/s`);
      if (rate > best) [best, floorConcurrency] = [rate, tried];
    }
  }

  // The machine is never quite the same twice: every turn is compared with a floor of its own.
  const floors: Trial[] = [];
  const floorTurn = async (): Promise<Trial | undefined> => {
    if (!named.includes(FLOOR)) return undefined;
    const floor = await turn(FLOOR, { concurrency: floorConcurrency });
    floors.push(floor);
    return floor;
  };
  const rivals = chosen.filter(({ name }) => name !== FLOOR);
  const runs = new Map<string, Run>(
    rivals.map(({ name, isPeer }) => [
      name,
      { name, turns: [], ...(isPeer && peers.missing !== undefined && { reason: peers.missing }) },
    ]),
  );
  for (let round = 0; round < rounds; round++) {
    // Nobody always comes first, and nobody always after the same.
    const order = [...rivals.slice(round % rivals.length), ...rivals.slice(0, round % rivals.length)];
    if (round % 2 === 1) order.reverse();
    for (const { name } of order) {
      const run = runs.get(name);
      if (run === undefined || run.reason !== undefined) continue;
      const floor = await floorTurn();
      try {
        const own = await turn(name);
        runs.set(name, { ...run, turns: [...run.turns, { own, ...(floor && { floor }) }] });
        const rates = [own.startRate, own.changeRate].map((rate) => rate.toFixed(0));
        progress(`round ${round + 1}, ${name}: start ${rates[0]}/s, change ${rates[1]}/s`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        progress(`round ${round + 1}, ${name}: ${reason}`);
        runs.set(name, { ...run, reason });
      }
    }
  }

  const place = { kubeconfig: server.kubeconfig, concurrency, peers: peers.folder };
  const failing = () => {
    if (times > 0) progress("leaders are killed and stopped …");
    return failovers(api, place, times);
  };
  const remembering = () => {
    if (courses > 0) progress(`the operator beside ${courses} Courses …`);
    return courses > 0 ? courseMemory(client, place, courses, [...nodeFlags(), ...flags]) : undefined;
  };
  const [failover, memory] =
    courses <= FEW_COURSES
      ? await Promise.all([failing(), remembering()])
      : [await failing(), await remembering()];

  const floorRun: Run = { name: FLOOR, turns: floors.map((floor) => ({ own: floor, floor })) };
  const all = [...(floors.length > 0 ? [floorRun] : []), ...runs.values()];
  const rows = all.map((run) => rowOf(run, objects));
  const timesBest = timesBestPeer(rows);
  const result: Result = {
    node: process.version,
    cpus: availableParallelism(),
    server: kubeconfig === undefined ? "the sandbox's API server" : "the cluster of KUBECONFIG",
    objects,
    edits,
    rounds,
    floor_concurrency: floorConcurrency,
    concurrency,
    contenders: rows,
    times_best_peer: timesBest,
    failover: {
      crash_s: failover.crashMs.map((ms) => ms / 1000),
      stop_s: failover.stopMs.map((ms) => ms / 1000),
    },
    ...(memory !== undefined && { courses: memory }),
    targets: TARGETS,
    met: metOf(rows, timesBest, failover, memory),
  };
  report(result, values.output === "json");
} finally {
  await end();
}
process.exit();
