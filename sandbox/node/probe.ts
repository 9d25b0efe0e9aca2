// Probes: one attempt of each kind, and the clock that turns attempts into "passing" and "failing".
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { portNumber } from "../workloads/endpoints-plan.ts";
import type { Pod, Probe, ProbeAction } from "../workloads/objects.ts";

/** Undefined is success; otherwise what went wrong, as `kubectl describe` shows it. */
export type ProbeResult = string | undefined;

export interface ProbeTools {
  pod: Pod;
  podIP: string;
  exec(command: readonly string[], timeoutMs: number): Promise<ProbeResult>;
}

/** One attempt; never rejects. */
export async function attempt(
  action: ProbeAction,
  timeoutMs: number,
  tools: ProbeTools,
): Promise<ProbeResult> {
  const port = (given: number | string): number => portNumber(tools.pod, given) ?? 0;
  if (action.httpGet) {
    const { httpGet } = action;
    const headers = Object.fromEntries((httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value]));
    const scheme = (httpGet.scheme ?? "HTTP").toLowerCase();
    const host = httpGet.host ?? tools.podIP;
    const path = httpGet.path ?? "/";
    const url = `${scheme}://${host}:${port(httpGet.port)}${path.startsWith("/") ? "" : "/"}${path}`;
    return httpGetResult(url, headers, timeoutMs);
  }
  if (action.tcpSocket) {
    return tcpResult(action.tcpSocket.host ?? tools.podIP, port(action.tcpSocket.port), timeoutMs);
  }
  if (action.exec) return tools.exec(action.exec.command ?? [], timeoutMs);
  return "the sandbox runs httpGet, tcpSocket and exec probes only";
}

const asText = (error: Error): string => {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED"
    ? "connection refused"
    : code === "ECONNRESET"
      ? "connection reset by peer"
      : error.message;
};

function httpGetResult(
  url: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const request = send(url, {
      headers: { "User-Agent": "kube-probe/1.34", Accept: "*/*", Connection: "close", ...headers },
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    request.once("response", (response) => {
      response.resume();
      response.on("error", () => undefined);
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`);
    });
    request.on("error", (error) => {
      const why =
        error.name === "AbortError" || error.name === "TimeoutError"
          ? "context deadline exceeded"
          : asText(error);
      resolve(`Get "${url}": ${why}`);
    });
    request.end();
  });
}

/** Whether a TCP connection can be made. */
export function tcpResult(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end(`dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    socket.once("connect", () => end(undefined));
    socket.on("error", (error) => end(`dial tcp ${host}:${port}: ${asText(error)}`));
  });
}

/** A probe's verdict on consecutive results. */
export interface ProbeState {
  successes: number;
  failures: number;
  verdict: "unknown" | "passing" | "failing";
}

export const unprobed: ProbeState = { successes: 0, failures: 0, verdict: "unknown" };

/** The state after one more result. */
export function afterResult(state: ProbeState, ok: boolean, probe: Probe): ProbeState {
  const successes = ok ? state.successes + 1 : 0;
  const failures = ok ? 0 : state.failures + 1;
  const verdict =
    ok && successes >= (probe.successThreshold ?? 1)
      ? "passing"
      : !ok && failures >= (probe.failureThreshold ?? 3)
        ? "failing"
        : state.verdict;
  return { successes, failures, verdict };
}

export interface RunningProbe {
  stop(): void;
}

/**
 * Between periods, until the first success, an extra look costs little and makes a start seen at once. The looks
 * grow rarer (a twentieth of the time waited so far): a pod that never becomes ready must not keep us busy.
 */
const eagerMs = { http: 150, exec: 500 };
const eagerShare = 1 / 20;

/**
 * Probes on the declared schedule until stopped. `onResult` gets every counted attempt. With `eager`, extra attempts
 * are made from the start and between the periods until the first success; their failures do not count and are not
 * reported.
 */
export function runProbe(
  probe: Probe,
  once: (timeoutMs: number) => Promise<ProbeResult>,
  onResult: (state: ProbeState, result: ProbeResult) => void,
  eager: boolean,
): RunningProbe {
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const betweenMs = probe.exec ? eagerMs.exec : eagerMs.http;
  let state = unprobed;
  let stopped = false;
  let timer: NodeJS.Timeout;
  const firstAt = Date.now() + (probe.initialDelaySeconds ?? 0) * 1000;
  // Right after the start a program does not listen yet: the first attempt that counts comes a period later. Looks in
  // between need none of that patience.
  let nextCounted = firstAt + periodMs;
  let passed = false;
  let looks = 0;

  const later = (): void => {
    if (stopped) return;
    const now = Date.now();
    const wait = Math.max(0, nextCounted - now);
    const looking = eager && !passed && (probe.successThreshold ?? 1) === 1;
    const pause =
      looks === 0 ? Math.max(0, firstAt - now) : Math.max(betweenMs, (now - firstAt) * eagerShare);
    timer = setTimeout(() => void look(), looking ? Math.min(pause, wait) : wait);
  };

  const look = async (): Promise<void> => {
    looks += 1;
    const counted = Date.now() >= nextCounted;
    if (counted) nextCounted = Date.now() + periodMs;
    const result = await once(timeoutMs);
    if (stopped) return;
    if (counted || result === undefined) {
      if (!counted) nextCounted = Date.now() + periodMs;
      state = afterResult(state, result === undefined, probe);
      passed ||= state.verdict === "passing";
      onResult(state, result);
    }
    later();
  };

  later();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
