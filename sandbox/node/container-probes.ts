// The probes of one running container: the startup probe first, then readiness and liveness side by side.
import type { Container, Probe } from "../workloads/objects.ts";
import type { ProbeResult, RunningProbe } from "./probe.ts";
import { runProbe } from "./probe.ts";

export type ProbeKind = "Startup" | "Readiness" | "Liveness";

export interface ProbeListener {
  /** One attempt, never rejecting. */
  attempt(probe: Probe, timeoutMs: number): Promise<ProbeResult>;
  started(): void;
  ready(ready: boolean): void;
  /** A counted attempt failed. */
  unhealthy(kind: ProbeKind, message: string): void;
  /** The container has to be killed. */
  failed(kind: ProbeKind, probe: Probe): void;
}

/** Starts what the container declares; without probes it is started and ready at once. */
export function startProbes(container: Container, listener: ProbeListener): RunningProbe {
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const running: RunningProbe[] = [];
  let stopped = false;

  const begin = (
    kind: ProbeKind,
    probe: Probe,
    eager: boolean,
    onVerdict: (passing: boolean) => void,
  ): void => {
    let verdict = "unknown";
    running.push(
      runProbe(
        probe,
        (timeoutMs) => listener.attempt(probe, timeoutMs),
        (state, result) => {
          if (stopped) return;
          if (result !== undefined) listener.unhealthy(kind, result);
          if (state.verdict === verdict || state.verdict === "unknown") return;
          verdict = state.verdict;
          onVerdict(verdict === "passing");
        },
        eager,
      ),
    );
  };

  const started = (): void => {
    listener.started();
    if (readinessProbe === undefined) listener.ready(true);
    // Looked at right after the start and often until the first success: `periodSeconds: 5` is no reason to keep
    // somebody waiting 5 s for a site that is ready after 300 ms.
    else begin("Readiness", readinessProbe, true, (passing) => listener.ready(passing));
    if (livenessProbe !== undefined) {
      begin("Liveness", livenessProbe, false, (passing) => {
        if (!passing) listener.failed("Liveness", livenessProbe);
      });
    }
  };

  if (startupProbe === undefined) started();
  else {
    begin("Startup", startupProbe, true, (passing) => {
      running.shift()?.stop();
      if (passing) started();
      else listener.failed("Startup", startupProbe);
    });
  }
  return {
    stop() {
      stopped = true;
      for (const probe of running) probe.stop();
    },
  };
}
