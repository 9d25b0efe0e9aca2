// What the bench tells: one JSON object, or a table to read. Pure but for the printing.
import type { Memory } from "./proc.ts";

export const TARGETS = { floor_ratio: 0.4, cpu_ms: 3, site_pss_mib: 130 } as const;

/** Pages that only read: the targets are theirs. */
const READ = new Set(["dashboard", "catalog", "course", "lesson"]);

export interface Cell {
  readonly page: string;
  readonly connections: number;
  readonly requests: number;
  readonly requests_per_second: number;
  readonly floor_requests_per_second: number;
  readonly bare_requests_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly floor_p50_ms: number;
  readonly cpu_ms: number;
  readonly database_cpu_ms: number;
  readonly floor_cpu_ms: number;
  readonly floor_database_cpu_ms: number;
  readonly bytes: number;
}

interface Both {
  readonly lms: Memory;
  readonly postgres: Memory;
}

export interface Result {
  readonly node: string;
  readonly cpus: number;
  readonly seconds_per_cell: number;
  readonly opened_ms: number;
  readonly cells: readonly Cell[];
  readonly memory: {
    readonly started: Both;
    readonly filled: Both;
    readonly loaded: Both;
    readonly rested: Both;
    readonly site_pss_mib: number;
  };
  readonly targets: typeof TARGETS;
}

export const HELP = `bench:lms: what a page of the LMS runtime costs

  npm run bench:lms [-- --seconds N] [--rounds N] [--pages LIST] [--flags FLAGS] [--output json]

  --seconds N    measured time of each cell, as much for the floor (default 3)
  --rounds N     turns in which page and floor alternate within a cell (default 15)
  --pages LIST   only these, with commas: sign-in, dashboard, catalog, course, lesson, quiz-attempt
  --flags FLAGS  further flags of the runtime's node, such as --cpu-prof

A PostgreSQL with the arguments the operator declares, the runtime as the sandbox runs it, 24 courses of 10 items,
200 learners with work done. Two floors, both a bare node:http server on the same kind of pool, with a page of the same
size, at the same number of connections, in turns with the page itself:

  of floor       the server runs the very query that page runs (one round trip, the same rows) and answers with filler
                 instead of rendering: what the page costs beyond its database. The target is against this one.
                 Sign-in and attempts are not one query; theirs is the smallest one.
  of bare        the server runs the smallest query there is (whose session is this): what the page costs in all.

The load comes from a third process; every answer is checked, a wrong one ends the bench with exit code 1. Only ratios
of one run mean anything: other work on the machine moves both sides. PSS counts a page of memory shared by n processes
as one n-th, so other Node processes on the machine make the runtime look up to 15 MiB smaller.

Keys of the JSON object:
  opened_ms                  start of the process to the open site; migrated, nothing declared
  cells[]                    one per page and number of connections:
    requests_per_second      of the page; a quiz attempt is three requests: start, read, hand in
    floor_requests_per_second, floor_ratio    against a bare server with the very query of the page
    bare_requests_per_second, bare_ratio      against a bare server with the smallest query
    p50_ms, p99_ms           of an operation (of the whole attempt for quizzes); floor_p50_ms likewise
    cpu_ms                   processor time of the runtime per request, user and system
    database_cpu_ms          of all PostgreSQL processes
    floor_cpu_ms, floor_database_cpu_ms   of the bare server and its query
    bytes                    of the page, unpacked
  memory                     MiB of runtime and PostgreSQL, RSS and PSS: started, filled (with the process that has
                             just rendered the courses), loaded (2 s after the last request), rested (30 s later)
  memory.site_pss_mib        PSS of both after the load
  targets, met               what read pages and the site should keep to, and whether they did`;

const ratio = (cell: Cell): number => cell.requests_per_second / cell.floor_requests_per_second;
const bareRatio = (cell: Cell): number => cell.requests_per_second / cell.bare_requests_per_second;

const met = ({ cells, memory }: Result) => ({
  floor_ratio: cells
    .filter((cell) => READ.has(cell.page))
    .every((cell) => ratio(cell) >= TARGETS.floor_ratio),
  cpu_ms: cells.filter((cell) => READ.has(cell.page)).every((cell) => cell.cpu_ms < TARGETS.cpu_ms),
  site_pss_mib: memory.site_pss_mib < TARGETS.site_pss_mib,
});

export function report(result: Result, json: boolean): void {
  if (json) {
    const cells = result.cells.map((cell) => ({
      ...cell,
      floor_ratio: ratio(cell),
      bare_ratio: bareRatio(cell),
    }));
    console.log(JSON.stringify({ ...result, cells, met: met(result) }));
    return;
  }
  const titles = [
    "page",
    "conns",
    "req/s",
    "floor",
    "of floor",
    "of bare",
    "p50 ms",
    "p99 ms",
    "cpu ms",
    "floor",
    "db cpu ms",
    "floor",
    "kB",
  ];
  const rows = result.cells.map((cell) => [
    cell.page,
    String(cell.connections),
    cell.requests_per_second.toFixed(0),
    cell.floor_requests_per_second.toFixed(0),
    `${(ratio(cell) * 100).toFixed(0)}%`,
    `${(bareRatio(cell) * 100).toFixed(0)}%`,
    cell.p50_ms.toFixed(2),
    cell.p99_ms.toFixed(2),
    cell.cpu_ms.toFixed(2),
    cell.floor_cpu_ms.toFixed(2),
    cell.database_cpu_ms.toFixed(2),
    cell.floor_database_cpu_ms.toFixed(2),
    (cell.bytes / 1000).toFixed(1),
  ]);
  const widths = titles.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  for (const row of [titles, ...rows])
    console.log(
      row
        .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
        .join("  "),
    );
  console.log();
  const { memory } = result;
  for (const [when, { lms, postgres }] of [
    ["started", memory.started],
    ["filled", memory.filled],
    ["after the load", memory.loaded],
    ["half a minute on", memory.rested],
  ] as const)
    console.log(
      `memory, ${when.padEnd(16)} runtime ${mib(lms)}   PostgreSQL ${mib(postgres)}   together PSS ${(lms.pssMiB + postgres.pssMiB).toFixed(0)} MiB`,
    );
  console.log(`start to open site       ${result.opened_ms.toFixed(0)} ms\n`);
  const kept = met(result);
  const line = (what: string, yes: boolean): void => console.log(`${yes ? "met   " : "MISSED"} ${what}`);
  line(
    `read pages at ${TARGETS.floor_ratio * 100}% of the floor (the same query) or better`,
    kept.floor_ratio,
  );
  line(`read pages under ${TARGETS.cpu_ms} ms of processor time each`, kept.cpu_ms);
  line(`runtime and PostgreSQL under ${TARGETS.site_pss_mib} MiB (PSS)`, kept.site_pss_mib);
}

const mib = ({ rssMiB, pssMiB }: Memory): string =>
  `RSS ${rssMiB.toFixed(0).padStart(3)}, PSS ${pssMiB.toFixed(0).padStart(3)} MiB`;
