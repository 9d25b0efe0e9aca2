// Every metric of the runtime in one registry of its own. Who counts what stands where it happens.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../db/index.ts";

export interface Metrics {
  readonly registry: Registry;
  /** By `listener` (site, admin), `method`, `route` (template, never the address asked for) and `status`. */
  readonly httpRequestDuration: Histogram<"listener" | "method" | "route" | "status">;
  /** By `result`: success, wrong_credentials, suspended, throttled. */
  readonly signIns: Counter<"result">;
  /** By `event`: started, submitted, expired (handed in by the deadline). */
  readonly attempts: Counter<"event">;
  /** By `job` and `result` (success, failure). */
  readonly jobRuns: Counter<"job" | "result">;
  readonly jobDuration: Histogram<"job">;
  /** By `kind` and `result`: changed, unchanged, refused, failed. */
  readonly adminApplies: Counter<"kind" | "result">;
}

/** The runtime's metrics; names follow the Prometheus naming rules (`promtool check metrics`). */
export function createMetrics(db: Database): Metrics {
  const registry = new Registry();
  // prom-client's own names for active handles end in _total although they are gauges: promtool refuses those.
  collectDefaultMetrics({ register: registry, prefix: "lms_" });
  for (const name of ["handles", "requests", "resources"]) {
    registry.removeSingleMetric(`lms_nodejs_active_${name}`);
    registry.removeSingleMetric(`lms_nodejs_active_${name}_total`);
  }
  const registers = [registry];
  new Gauge({
    name: "lms_db_pool_connections",
    help: "Connections to PostgreSQL by state.",
    labelNames: ["state"],
    registers,
    collect() {
      const { total, idle } = db.stats();
      this.set({ state: "idle" }, idle);
      this.set({ state: "busy" }, total - idle);
    },
  });
  new Gauge({
    name: "lms_db_pool_waiting_queries",
    help: "Queries waiting for a free connection.",
    registers,
    collect() {
      this.set(db.stats().waiting);
    },
  });
  return {
    registry,
    httpRequestDuration: new Histogram({
      name: "lms_http_request_duration_seconds",
      help: "Time from a request's arrival to its answer.",
      labelNames: ["listener", "method", "route", "status"],
      buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    signIns: new Counter({
      name: "lms_sign_ins_total",
      help: "Attempts to sign in.",
      labelNames: ["result"],
      registers,
    }),
    attempts: new Counter({
      name: "lms_quiz_attempts_total",
      help: "Quiz attempts by what happened to them.",
      labelNames: ["event"],
      registers,
    }),
    jobRuns: new Counter({
      name: "lms_job_runs_total",
      help: "Runs of background jobs.",
      labelNames: ["job", "result"],
      registers,
    }),
    jobDuration: new Histogram({
      name: "lms_job_duration_seconds",
      help: "Time background jobs take.",
      labelNames: ["job"],
      buckets: [0.01, 0.1, 1, 10, 60],
      registers,
    }),
    adminApplies: new Counter({
      name: "lms_admin_applies_total",
      help: "Documents taken over the admin API.",
      labelNames: ["kind", "result"],
      registers,
    }),
  };
}
