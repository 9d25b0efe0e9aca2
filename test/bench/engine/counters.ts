// What reaches an HTTP server of this process, told apart by who sent it. Node tells of every request itself, so the
// server needs no change and pays next to nothing.
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/** User agent of the bench's own requests: everything else is the contender's. */
export const BENCH_AGENT = "provost-bench";

export interface Counts {
  /** Requests, watches included. */
  requests: number;
  /** Those that are no GET. */
  writes: number;
  /** Connections on which at least one request came. */
  connections: number;
}

/** Begins to count the requests that are not the bench's. */
export function countRequests(): Counts {
  const counts: Counts = { requests: 0, writes: 0, connections: 0 };
  const known = new WeakSet<object>();
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { request: IncomingMessage };
    if (request.headers["user-agent"] === BENCH_AGENT) return;
    counts.requests++;
    if (request.method !== "GET" && request.method !== "HEAD") counts.writes++;
    if (known.has(request.socket)) return;
    known.add(request.socket);
    counts.connections++;
  });
  return counts;
}
