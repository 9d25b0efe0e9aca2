// From trials to numbers: medians over rounds, ratios within a round. Pure.
import { percentile } from "../percentile.ts";
import type { CourseMemory } from "./courses.ts";
import type { Failovers } from "./failover.ts";
import type { Trial } from "./trial.ts";

export const TARGETS = {
  of_floor: 0.7,
  times_best_peer: 3,
  writes_per_object: 1,
  steady_writes: 0,
  courses_mb: 200,
  event_to_reconcile_p99_ms: 50,
  crash_s: 20,
  stop_s: 3,
} as const;

export const OURS = "engine";
export const FLOOR = "floor";

/** The turns of one contender, by round, each with the floor right before it; or why there are none. */
export interface Run {
  readonly name: string;
  readonly turns: readonly { readonly own: Trial; readonly floor?: Trial }[];
  readonly reason?: string;
}

export interface Row {
  readonly name: string;
  readonly reason?: string;
  readonly start_s: number;
  readonly start_per_second: number;
  readonly start_of_floor: number;
  readonly change_per_second: number;
  readonly change_of_floor: number;
  readonly writes_per_object: number;
  readonly requests_per_object: number;
  readonly reconciles_per_object: number;
  readonly cpu_ms_per_object: number;
  readonly server_cpu_ms_per_object: number;
  readonly steady_writes: number;
  readonly connections: number;
  readonly event_to_reconcile_p50_ms: number;
  readonly event_to_reconcile_p99_ms: number;
  readonly edit_to_written_p50_ms: number;
  readonly edit_to_written_p99_ms: number;
  readonly rss_mb: number;
  readonly rss_peak_mb: number;
}

export interface Result {
  readonly node: string;
  readonly cpus: number;
  readonly server: string;
  readonly objects: number;
  readonly edits: number;
  readonly rounds: number;
  readonly floor_concurrency: number;
  readonly concurrency: number;
  readonly contenders: readonly Row[];
  readonly times_best_peer: { readonly start: number; readonly change: number };
  readonly failover: { readonly crash_s: readonly number[]; readonly stop_s: readonly number[] };
  readonly courses?: CourseMemory;
  readonly targets: typeof TARGETS;
  readonly met: Readonly<Record<string, boolean>>;
}

export const median = (all: readonly number[]): number => percentile(all, 0.5);

/** A rate of one turn, divided by the floor's right before it. */
const ofFloor = ({ own, floor }: Run["turns"][number], of: (trial: Trial) => number): number =>
  floor === undefined ? NaN : of(own) / of(floor);

export function rowOf(run: Run, objects: number): Row {
  const trials = run.turns.map(({ own }) => own);
  const share = (of: (trial: Trial) => number): number => median(run.turns.map((turn) => ofFloor(turn, of)));
  const middle = (of: (trial: Trial) => number): number => median(trials.map(of));
  const entered = trials.flatMap(({ enteredMs }) => enteredMs);
  const written = trials.flatMap(({ writtenMs }) => writtenMs);
  return {
    name: run.name,
    ...(run.reason !== undefined && { reason: run.reason }),
    start_s: middle(({ startMs }) => startMs) / 1000,
    start_per_second: middle(({ startRate }) => startRate),
    start_of_floor: share(({ startRate }) => startRate),
    change_per_second: middle(({ changeRate }) => changeRate),
    change_of_floor: share(({ changeRate }) => changeRate),
    writes_per_object: middle(({ changeWrites }) => changeWrites) / objects,
    requests_per_object: middle(({ changeRequests }) => changeRequests) / objects,
    reconciles_per_object: middle(({ changeRuns }) => changeRuns) / objects,
    cpu_ms_per_object: middle(({ changeCpuMs }) => changeCpuMs) / objects,
    server_cpu_ms_per_object: middle(({ changeServerCpuMs }) => changeServerCpuMs) / objects,
    steady_writes: middle(({ steadyWrites }) => steadyWrites),
    connections: middle(({ connections }) => connections),
    event_to_reconcile_p50_ms: percentile(entered, 0.5),
    event_to_reconcile_p99_ms: percentile(entered, 0.99),
    edit_to_written_p50_ms: percentile(written, 0.5),
    edit_to_written_p99_ms: percentile(written, 0.99),
    rss_mb: middle(({ rssMb }) => rssMb),
    rss_peak_mb: middle(({ rssPeakMb }) => rssPeakMb),
  };
}

/** How many times quicker ours is than the quickest of the others, both as shares of the floor beside them. */
export function timesBestPeer(rows: readonly Row[]): { start: number; change: number } {
  const ours = rows.find(({ name }) => name === OURS);
  const peers = rows.filter(({ name, reason }) => name !== OURS && name !== FLOOR && reason === undefined);
  const times = (of: (row: Row) => number): number =>
    ours === undefined || peers.length === 0 ? NaN : of(ours) / Math.max(...peers.map(of));
  return { start: times((row) => row.start_of_floor), change: times((row) => row.change_of_floor) };
}

/** Whether each target was kept, for those that were measured. */
export function metOf(
  rows: readonly Row[],
  times: { start: number; change: number },
  { crashMs, stopMs }: Failovers,
  courses: CourseMemory | undefined,
): Record<string, boolean> {
  const ours = rows.find(({ name, reason }) => name === OURS && reason === undefined);
  return {
    ...(ours !== undefined && {
      ...(Number.isFinite(ours.start_of_floor) && {
        of_floor: Math.min(ours.start_of_floor, ours.change_of_floor) >= TARGETS.of_floor,
      }),
      writes_per_object: ours.writes_per_object <= TARGETS.writes_per_object,
      steady_writes: ours.steady_writes <= TARGETS.steady_writes,
      event_to_reconcile_p99_ms: ours.event_to_reconcile_p99_ms < TARGETS.event_to_reconcile_p99_ms,
      ...(Number.isFinite(times.start) && {
        times_best_peer: Math.min(times.start, times.change) >= TARGETS.times_best_peer,
      }),
    }),
    ...(courses !== undefined && {
      courses_mb: Math.max(courses.cachedMb, courses.workedMb) < TARGETS.courses_mb,
    }),
    ...(crashMs.length > 0 && {
      crash_s: Math.max(...crashMs) < TARGETS.crash_s * 1000,
      stop_s: Math.max(...stopMs) < TARGETS.stop_s * 1000,
    }),
  };
}
