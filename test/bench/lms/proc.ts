// What /proc says of processes: processor time and memory. Linux only.
import { readdirSync, readFileSync } from "node:fs";

const parentOf = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold spaces; what follows it does not.
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
};

/** A process and everything it started that still runs. */
export function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), parentOf(Number(name)));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid];
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child);
  return found;
}

/** Milliseconds of processor time, user and system, of a family's threads that run now (nanoseconds in schedstat). */
export function cpuMs(pid: number): number {
  let total = 0;
  for (const one of family(pid))
    try {
      for (const thread of readdirSync(`/proc/${one}/task`))
        total += Number(readFileSync(`/proc/${one}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // It has ended meanwhile; servers under load keep theirs.
    }
  return total / 1e6;
}

export interface Memory {
  /** Resident: pages shared with others count in full for each. */
  readonly rssMiB: number;
  /** Proportional: a page shared by n processes counts one n-th for each, so sums mean something. */
  readonly pssMiB: number;
}

/** Memory of a family. */
export function memory(pid: number): Memory {
  let [rss, pss] = [0, 0];
  for (const one of family(pid)) {
    try {
      const text = readFileSync(`/proc/${one}/smaps_rollup`, "utf8");
      rss += Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
      pss += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return { rssMiB: rss / 1024, pssMiB: pss / 1024 };
}
