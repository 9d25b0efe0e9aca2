// Which processes of a sandbox run, told by /proc: what they are and whose data folder they serve.
import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
  readonly environment: string;
}

/** Living processes, this one left out. */
export function runningProcesses(): RunningProcess[] {
  const found: RunningProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const read = (file: string): string =>
        readFileSync(`/proc/${name}/${file}`, "utf8").replaceAll("\0", " ");
      const command = read("cmdline");
      // A zombie has ended; only its parent has not noticed yet.
      if (command !== "") found.push({ pid: Number(name), command, environment: read("environ") });
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

/** Processes whose command line or environment names the folder. */
export function processesOf(folder: string): RunningProcess[] {
  return runningProcesses().filter(
    ({ command, environment }) => command.includes(folder) || environment.includes(folder),
  );
}

/** The operator of the sandbox on this data folder. */
export function operatorPids(folder: string): number[] {
  return processesOf(folder)
    .filter(({ command }) => / operator /.test(command))
    .map(({ pid }) => pid);
}

/** The processes of a tenant's container: `lms`, or the PostgreSQL server. */
export function containerPids(folder: string, program: "lms" | "postgres"): number[] {
  const pattern = program === "lms" ? /provost\.js lms/ : /(^|\/)postgres .*-D /;
  return processesOf(folder)
    .filter(({ command }) => pattern.test(command))
    .map(({ pid }) => pid);
}
