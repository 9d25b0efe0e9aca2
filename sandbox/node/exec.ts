// A command run beside a container's process, in its environment: exec probes and hooks.
import type { ResolvedContainer } from "./container-start.ts";
import type { ImageDefinition } from "./images.ts";
import { rewriteMounts } from "./mounts.ts";
import type { ProbeResult } from "./probe.ts";
import type { Processes } from "./processes.ts";

const longestOutput = 1024;
let count = 0;

export interface ExecContext {
  image: ImageDefinition | undefined;
  resolved: ResolvedContainer;
  podIP: string;
  processes: Processes;
  /** Marks the record of the process. */
  name: string;
  /** Aborted: the container has no more use for it. */
  signal: AbortSignal;
}

/** Undefined when the command ended with 0; otherwise what it said. Never rejects. */
export async function runExec(
  command: readonly string[],
  timeoutMs: number,
  { image, resolved, podIP, processes, name, signal }: ExecContext,
): Promise<ProbeResult> {
  const words = command.map((word) => rewriteMounts(word, resolved.mounts));
  const tool = image?.tools?.[words[0] ?? ""];
  try {
    if (tool !== undefined) {
      const code = await tool(words.slice(1), { podIP, env: resolved.env });
      return code === 0 ? undefined : `command "${command.join(" ")}" ended with exit code ${code}`;
    }
    const output: string[] = [];
    count += 1;
    const child = await processes.start(
      `${name}-exec-${count}`,
      { ...resolved.command, command: words },
      { output: (chunk) => void output.push(chunk.toString("utf8")) },
    );
    let ended: string | undefined;
    const end = (how: string): void => {
      ended ??= how;
      child.killGroup();
    };
    const cancel = (): void => end("was ended with its container");
    const timer = setTimeout(() => end("timed out"), timeoutMs);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    const { exitCode } = await child.exited;
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    if (ended !== undefined) return `command "${command.join(" ")}" ${ended}`;
    if (exitCode === 0) return undefined;
    const said = output.join("").trim().slice(0, longestOutput);
    return said === "" ? `command "${command.join(" ")}" ended with exit code ${exitCode}` : said;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
