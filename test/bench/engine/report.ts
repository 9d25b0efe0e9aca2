// What the bench tells: one JSON object, or tables to read.
import { FLOOR, OURS, type Result, type Row, TARGETS } from "./summary.ts";

export const HELP = `bench:engine: what the engine adds to the writes it has to make, beside what else runs on Node

  npm run bench:engine [-- --objects N] [--rounds N] [--edits N] [--concurrency N] [--contenders LIST] [--courses N]
                           [--failovers N] [--flags FLAGS] [--output json]

  --objects N        Widgets, each of which asks for one ConfigMap (default 1000)
  --rounds N         times that every contender has its turn, in changing order (default 3)
  --edits N          single edits while nothing else happens (default 100, at most --objects)
  --concurrency N    writes at once of the contenders that can be told (engine, client-node; default 32, as the operator has)
  --contenders LIST  only these, with commas: floor, engine, client-node, fluent, pepr, dot-i
  --courses N        Courses of 20 kB beside which the operator's memory is measured (default 10 x objects; 0: not)
  --failovers N      crashes and stops of a leader (default: as many as rounds; 0: none)
  --flags=FLAGS      further flags of the node of engine and operator, such as --flags=--cpu-prof
  --output json      one JSON object

The API server is the sandbox's, as a process of its own; with KUBECONFIG set it is that cluster, behind a proxy on
plain HTTP that counts (CRDs and the namespace pepr-system stay there). Every contender is a process of its own and gets
a fresh namespace with the same Widgets. Each has its own way to watch and to write; all write the same ConfigMap with
server-side apply. "client-node" is the official client's informer with a naive loop, "fluent" kubernetes-fluent-client,
"pepr" a whole Pepr module in watch mode, "dot-i" @dot-i/k8s-operator; the last three are installed into
node_modules/.cache (no network: left out). "floor" fires the same writes from one keep-alive pool, at the number of
connections at which it is quickest, and watches nothing. Only ratios of one run mean anything: other work on the
machine moves all sides.

Phases of a turn: all Widgets are there and the contender starts; all change at once from outside (the floor fires
meanwhile); single edits; the contender starts again and finds everything done.

Keys of the JSON object, medians over rounds:
  contenders[]                    one for each, with \`reason\` when it could not be measured:
    start_s                       start of the process to the last ConfigMap (floor: from the first request)
    start_per_second              ConfigMaps per second from the first reconcile entered to the last ConfigMap
    change_per_second             from the first change of a Widget to the last ConfigMap that followed (floor: to the
                                  last of all changes and writes, in whatever order they come)
    start_of_floor, change_of_floor   divided by the floor's, which has a turn right before each
    writes_per_object, requests_per_object, reconciles_per_object, cpu_ms_per_object   while all change
    server_cpu_ms_per_object      processor time of the API server then, the changes from outside included
    steady_writes                 writes of the second start
    connections                   opened until all have changed
    event_to_reconcile_p50_ms, _p99_ms   single edits: from the watch event's arrival at the bench's own bare watch to
                                  the reconcile entered (the bench may be the later of the two: below 0)
    edit_to_written_p50_ms, _p99_ms      from the edit's request sent to the event of the changed ConfigMap
    rss_mb, rss_peak_mb           MB (10^6 bytes) after all have changed, and the most until then
  times_best_peer                 engine / quickest of the others, start and change, as shares of the floor
  failover.crash_s[], stop_s[]    SIGKILL, SIGTERM of the leader to an edit made right after it being carried out
  courses                         the operator's memory in MB, with the flags of the image: standing by with full caches, and after its first look at
                                  every Course as the leader
  targets, met                    what the engine should keep to, and whether it did`;

const times = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(1)}x` : "-");
const number = (value: number, digits = 0): string => (Number.isNaN(value) ? "-" : value.toFixed(digits));
const share = (value: number): string => (Number.isNaN(value) ? "-" : `${(value * 100).toFixed(0)}%`);

const COLUMNS: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
  ["contender", ({ name }) => name],
  ["start s", ({ start_s }) => number(start_s, 2)],
  ["start/s", ({ start_per_second }) => number(start_per_second)],
  ["of floor", ({ start_of_floor }) => share(start_of_floor)],
  ["change/s", ({ change_per_second }) => number(change_per_second)],
  ["of floor", ({ change_of_floor }) => share(change_of_floor)],
  ["writes", ({ writes_per_object }) => number(writes_per_object, 2)],
  ["requests", ({ requests_per_object }) => number(requests_per_object, 2)],
  ["runs", ({ reconciles_per_object }) => number(reconciles_per_object, 2)],
  ["cpu ms", ({ cpu_ms_per_object }) => number(cpu_ms_per_object, 2)],
  ["server", ({ server_cpu_ms_per_object }) => number(server_cpu_ms_per_object, 2)],
  ["steady", ({ name, steady_writes }) => (name === FLOOR ? "-" : number(steady_writes))],
  ["conns", ({ connections }) => number(connections)],
  ["event p50", (row) => number(row.event_to_reconcile_p50_ms, 1)],
  ["p99", (row) => number(row.event_to_reconcile_p99_ms, 1)],
  ["edit p50", (row) => number(row.edit_to_written_p50_ms, 1)],
  ["p99", (row) => number(row.edit_to_written_p99_ms, 1)],
  ["RSS MB", ({ rss_mb }) => number(rss_mb)],
  ["peak", ({ rss_peak_mb }) => number(rss_peak_mb)],
];

function table(rows: readonly Row[]): void {
  const measured = rows.filter(({ reason }) => reason === undefined);
  const cells = [
    COLUMNS.map(([title]) => title),
    ...measured.map((row) => COLUMNS.map(([, cell]) => cell(row))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  for (const line of cells)
    console.log(
      line
        .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
        .join("  "),
    );
  for (const { name, reason } of rows)
    if (reason !== undefined) console.log(`${name.padEnd(widths[0] ?? 0)}  ${reason}`);
}

const PROMISES: readonly (readonly [keyof typeof TARGETS, string])[] = [
  ["of_floor", `at least ${TARGETS.of_floor * 100}% of the floor, at the start and when all change`],
  ["times_best_peer", `at least ${TARGETS.times_best_peer} times the best of the others`],
  ["writes_per_object", `at most ${TARGETS.writes_per_object} write per changed object`],
  ["steady_writes", "no write when everything is done"],
  ["event_to_reconcile_p99_ms", `event to reconcile under ${TARGETS.event_to_reconcile_p99_ms} ms (p99)`],
  ["crash_s", `another works within ${TARGETS.crash_s} s of a crash`],
  ["stop_s", `another works within ${TARGETS.stop_s} s of a clean stop`],
  ["courses_mb", `the operator beside its Courses under ${TARGETS.courses_mb} MB`],
];

export function report(result: Result, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  const { contenders, failover, courses, met, times_best_peer } = result;
  console.log(
    `${result.objects} objects, ${result.rounds} rounds, ${result.server}; floor at ${result.floor_concurrency} connections\n`,
  );
  table(contenders);
  console.log(
    `\n${OURS} / best of the others    start ${times(times_best_peer.start)}, change ${times(times_best_peer.change)}`,
  );
  if (failover.crash_s.length > 0) {
    const list = (all: readonly number[]): string => all.map((one) => one.toFixed(1)).join(", ");
    console.log(
      `fail-over, seconds           crash ${list(failover.crash_s)}; clean stop ${list(failover.stop_s)}`,
    );
  }
  if (courses)
    console.log(
      `operator, ${courses.courses} Courses      standing by ${courses.cachedMb.toFixed(0)} MB (peak ${courses.cachedPeakMb.toFixed(0)}); after one look at each ${courses.workedMb.toFixed(0)} MB (peak ${courses.workedPeakMb.toFixed(0)})`,
    );
  console.log();
  for (const [key, what] of PROMISES)
    if (key in met) console.log(`${met[key] ? "met   " : "MISSED"} ${what}`);
}
