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

const PROGRAMS = {
  lms: /provost\.js lms *$/,
  postgres: /(^|\/)postgres .*-D /,
  job: /provost\.js lms (backup|restore|migrate)/,
} as const;

/** The processes of a tenant's containers: the LMS, PostgreSQL servers (that of a drill included), or its Jobs. */
export function containerPids(folder: string, program: keyof typeof PROGRAMS): number[] {
  return processesOf(folder)
    .filter(({ command }) => PROGRAMS[program].test(command))
    .map(({ pid }) => pid);
}
