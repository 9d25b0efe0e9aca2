// The metrics of controller-runtime and client-go, under their names, so that existing dashboards work. All series of
// a controller exist (as zero) from the moment it is declared.
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { Registry as RegistryType } from "prom-client";
import type { ResourceType } from "../client/object.ts";
import type { KeyQueue, QueueObserver } from "../queue/queue.ts";

/** How a reconcile ended, in controller-runtime's words. */
export type ReconcileResult = "success" | "error" | "requeue" | "requeue_after";

const RECONCILE_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 60,
];
const QUEUE_SECONDS = [1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1000];

/** Metrics of one controller. */
export interface ControllerMetrics {
  readonly queue: QueueObserver;
  /** A run begins; call the answer when it ends. */
  started(): (result: ReconcileResult, error: "none" | "retry" | "terminal") => void;
}

/** All metrics of one manager. */
export class EngineMetrics {
  readonly registry: RegistryType;
  readonly #requests;
  readonly #leader;
  readonly #served;
  readonly #reconciles;
  readonly #errors;
  readonly #terminal;
  readonly #timeouts;
  readonly #seconds;
  readonly #concurrency;
  readonly #active;
  readonly #adds;
  readonly #retries;
  readonly #waited;
  readonly #worked;
  readonly #queues = new Map<string, KeyQueue>();

  constructor(registry: RegistryType = new Registry()) {
    this.registry = registry;
    const registers = [registry];
    const controller = ["controller"] as const;
    const queue = ["name", "controller"] as const;
    const queues = this.#queues;
    this.#requests = new Counter({
      name: "rest_client_requests_total",
      help: "Number of HTTP requests to the API server, by status code, method and host.",
      labelNames: ["code", "method", "host"] as const,
      registers,
    });
    this.#leader = new Gauge({
      name: "leader_election_master_status",
      help: "1 when this process holds the lease.",
      labelNames: ["name"] as const,
      registers,
    });
    this.#served = new Gauge({
      name: "controller_optional_api_served",
      help: "1 when the cluster serves an optional kind, 0 when the controllers go without it.",
      labelNames: ["group", "version", "kind"] as const,
      registers,
    });
    this.#reconciles = new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Reconciliations per controller and result.",
      labelNames: ["controller", "result"] as const,
      registers,
    });
    this.#errors = new Counter({
      name: "controller_runtime_reconcile_errors_total",
      help: "Reconciliations that failed.",
      labelNames: controller,
      registers,
    });
    this.#terminal = new Counter({
      name: "controller_runtime_terminal_reconcile_errors_total",
      help: "Reconciliations that ended in a terminal error.",
      labelNames: controller,
      registers,
    });
    this.#timeouts = new Counter({
      name: "controller_runtime_reconcile_timeouts_total",
      help: "Reconciliations that were aborted because they took too long.",
      labelNames: controller,
      registers,
    });
    this.#seconds = new Histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "Time per reconciliation.",
      labelNames: controller,
      buckets: RECONCILE_SECONDS,
      registers,
    });
    this.#concurrency = new Gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Reconciliations that may run at once.",
      labelNames: controller,
      registers,
    });
    this.#active = new Gauge({
      name: "controller_runtime_active_workers",
      help: "Reconciliations running now.",
      labelNames: controller,
      registers,
    });
    this.#adds = new Counter({
      name: "workqueue_adds_total",
      help: "Keys added to the queue.",
      labelNames: queue,
      registers,
    });
    this.#retries = new Counter({
      name: "workqueue_retries_total",
      help: "Keys retried after a failure.",
      labelNames: queue,
      registers,
    });
    this.#waited = new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "How long a key waits in the queue.",
      labelNames: queue,
      buckets: QUEUE_SECONDS,
      registers,
    });
    this.#worked = new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "How long the work on a key takes.",
      labelNames: queue,
      buckets: QUEUE_SECONDS,
      registers,
    });
    const gauge = (name: string, help: string, value: (queue: KeyQueue) => number): void => {
      new Gauge({
        name,
        help,
        labelNames: queue,
        registers,
        collect() {
          for (const [controllerName, of] of queues)
            this.set({ name: controllerName, controller: controllerName }, value(of));
        },
      });
    };
    const ages = (of: KeyQueue): number[] =>
      of.runningSince().map((since) => (performance.now() - since) / 1000);
    gauge("workqueue_depth", "Keys waiting in the queue.", (of) => of.depth);
    gauge("workqueue_unfinished_work_seconds", "Sum of the ages of running work.", (of) =>
      ages(of).reduce((sum, age) => sum + age, 0),
    );
    gauge("workqueue_longest_running_processor_seconds", "Age of the oldest running work.", (of) =>
      Math.max(0, ...ages(of)),
    );
  }

  /** One answer of the API server. */
  request(host: string, method: string, code: string): void {
    this.#requests.inc({ code, method, host });
  }

  /** Whether this process leads. */
  leader(name: string, leads: boolean): void {
    this.#leader.set({ name }, leads ? 1 : 0);
  }

  /** Whether the cluster serves an optional kind. */
  served(type: Pick<ResourceType, "group" | "version" | "kind">, served: boolean): void {
    const { group, version, kind } = type;
    this.#served.set({ group, version, kind }, served ? 1 : 0);
  }

  /** Makes a controller's series; `observeQueue` follows when its queue exists. */
  controller(name: string, concurrency: number): ControllerMetrics {
    const controller = { controller: name };
    const queue = { name, controller: name };
    for (const result of ["success", "error", "requeue", "requeue_after"] as const)
      this.#reconciles.inc({ ...controller, result }, 0);
    for (const counter of [this.#errors, this.#terminal, this.#timeouts]) counter.inc(controller, 0);
    for (const counter of [this.#adds, this.#retries]) counter.inc(queue, 0);
    this.#seconds.zero(controller);
    this.#waited.zero(queue);
    this.#worked.zero(queue);
    this.#concurrency.set(controller, concurrency);
    this.#active.set(controller, 0);
    return {
      queue: {
        added: () => this.#adds.inc(queue),
        retried: () => this.#retries.inc(queue),
        taken: (waitedMs) => this.#waited.observe(queue, waitedMs / 1000),
        finished: (workedMs) => this.#worked.observe(queue, workedMs / 1000),
      },
      started: () => {
        const startedAt = performance.now();
        this.#active.inc(controller);
        return (result, error) => {
          this.#active.dec(controller);
          this.#seconds.observe(controller, (performance.now() - startedAt) / 1000);
          this.#reconciles.inc({ ...controller, result });
          if (error !== "none") this.#errors.inc(controller);
          if (error === "terminal") this.#terminal.inc(controller);
        };
      },
    };
  }

  /** Counts a reconcile that was aborted for taking too long. */
  timedOut(controller: string): void {
    this.#timeouts.inc({ controller });
  }

  /** Depth and ages of a controller's queue are read when metrics are scraped. */
  observeQueue(name: string, queue: KeyQueue): void {
    this.#queues.set(name, queue);
  }
}
