// One probe or hook of a running container, for as long as somebody wants to know.
import { setTimeout as sleep } from "node:timers/promises";
import type { Pod, ProbeAction } from "../workloads/objects.ts";
import type { ExecContext } from "./exec.ts";
import { runExec } from "./exec.ts";
import type { ProbeResult } from "./probe.ts";
import { attempt } from "./probe.ts";

export interface ActionContext extends ExecContext {
  pod: Pod;
}

/** Undefined when it succeeded, otherwise what went wrong; at once when the signal is aborted. Never rejects. */
export async function act(
  action: ProbeAction,
  timeoutMs: number,
  context: ActionContext,
): Promise<ProbeResult> {
  const { pod, podIP, signal } = context;
  const { sleep: pause } = action;
  if (pause !== undefined) {
    return sleep(Math.min(pause.seconds * 1000, timeoutMs), undefined, { signal }).catch(() => cut);
  }
  if (signal.aborted) return cut;
  const asked = Promise.withResolvers<ProbeResult>();
  const cancel = (): void => asked.resolve(cut);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const exec = (command: readonly string[], limitMs: number): Promise<ProbeResult> =>
      runExec(command, limitMs, context);
    return await Promise.race([attempt(action, timeoutMs, { pod, podIP, exec }), asked.promise]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

const cut = "the container is being stopped";
