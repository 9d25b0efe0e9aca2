// A program run to its end: how long it took, and the most memory it had.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { family } from "../lms/proc.ts";

export interface Measured {
  readonly seconds: number;
  /** Resident at its peak, MiB; of itself and what it started. */
  readonly peakMib: number;
}

const LOOK_MS = 50;

/** @throws Error when it fails, with the end of what it said */
export async function measured(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const [program = "", ...args] = command;
  const from = performance.now();
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
  let peakMib = 0;
  const look = (): void => {
    const now = family(child.pid ?? 0).reduce((sum, pid) => sum + peakOf(pid), 0);
    peakMib = Math.max(peakMib, now);
  };
  const timer = setInterval(look, LOOK_MS);
  look();
  const [code] = (await once(child, "exit")) as [number | null];
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${said}`);
  return { seconds: (performance.now() - from) / 1_000, peakMib };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
