// The metrics of controller-runtime and client-go, under exactly their names and labels.
import { describe, expect, test } from "vitest";
import { KeyQueue } from "../queue/queue.ts";
import { EngineMetrics } from "./metrics.ts";

/** `name{labels} value` of every series, without the buckets. */
async function series(metrics: EngineMetrics): Promise<Record<string, number>> {
  const lines = (await metrics.registry.metrics())
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines
      .filter((line) => !line.includes("_bucket{"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

function declare() {
  const clock = { now: 0 };
  const metrics = new EngineMetrics();
  const controller = metrics.controller("widget", 3);
  const queue = new KeyQueue({
    concurrency: 3,
    groupOf: (key) => key,
    now: () => clock.now,
    observer: controller.queue,
  });
  metrics.observeQueue("widget", queue);
  return { metrics, controller, queue, clock };
}

const C = '{controller="widget"}';
const Q = '{name="widget",controller="widget"}';
const ZERO = {
  'controller_runtime_reconcile_total{controller="widget",result="success"}': 0,
  'controller_runtime_reconcile_total{controller="widget",result="error"}': 0,
  'controller_runtime_reconcile_total{controller="widget",result="requeue"}': 0,
  'controller_runtime_reconcile_total{controller="widget",result="requeue_after"}': 0,
  [`controller_runtime_reconcile_errors_total${C}`]: 0,
  [`controller_runtime_terminal_reconcile_errors_total${C}`]: 0,
  [`controller_runtime_reconcile_timeouts_total${C}`]: 0,
  [`controller_runtime_reconcile_time_seconds_sum${C}`]: 0,
  [`controller_runtime_reconcile_time_seconds_count${C}`]: 0,
  [`controller_runtime_max_concurrent_reconciles${C}`]: 3,
  [`controller_runtime_active_workers${C}`]: 0,
  [`workqueue_depth${Q}`]: 0,
  [`workqueue_adds_total${Q}`]: 0,
  [`workqueue_retries_total${Q}`]: 0,
  [`workqueue_queue_duration_seconds_sum${Q}`]: 0,
  [`workqueue_queue_duration_seconds_count${Q}`]: 0,
  [`workqueue_work_duration_seconds_sum${Q}`]: 0,
  [`workqueue_work_duration_seconds_count${Q}`]: 0,
  [`workqueue_unfinished_work_seconds${Q}`]: 0,
  [`workqueue_longest_running_processor_seconds${Q}`]: 0,
};

test("every series of a controller exists, as zero, from its declaration on, and no other", async () => {
  expect(await series(declare().metrics)).toEqual(ZERO);
});

test.each([
  ["success", "none", 0, 0],
  ["requeue", "none", 0, 0],
  ["requeue_after", "none", 0, 0],
  ["error", "retry", 1, 0],
  ["error", "terminal", 1, 1],
] as const)(
  "a run that ends with %s (error: %s) is counted as that",
  async (result, error, errors, terminal) => {
    const { metrics, controller } = declare();
    const finished = controller.started();
    expect(await series(metrics)).toMatchObject({ [`controller_runtime_active_workers${C}`]: 1 });
    finished(result, error);
    const { [`controller_runtime_reconcile_time_seconds_sum${C}`]: seconds, ...others } =
      await series(metrics);
    expect(seconds).toBeGreaterThan(0);
    expect({ ...others, [`controller_runtime_reconcile_time_seconds_sum${C}`]: 0 }).toEqual({
      ...ZERO,
      [`controller_runtime_reconcile_total{controller="widget",result="${result}"}`]: 1,
      [`controller_runtime_reconcile_errors_total${C}`]: errors,
      [`controller_runtime_terminal_reconcile_errors_total${C}`]: terminal,
      [`controller_runtime_reconcile_time_seconds_count${C}`]: 1,
    });
  },
);

test("the queue's life is told in seconds", async () => {
  const { metrics, queue, clock } = declare();
  queue.add("a");
  queue.add("a");
  queue.add("b");
  expect(await series(metrics)).toMatchObject({
    [`workqueue_depth${Q}`]: 2,
    [`workqueue_adds_total${Q}`]: 2,
  });
  clock.now = 500;
  queue.take();
  clock.now = 2_500;
  queue.retry("a");
  queue.done("a");
  expect(await series(metrics)).toMatchObject({
    [`workqueue_depth${Q}`]: 1,
    [`workqueue_queue_duration_seconds_sum${Q}`]: 0.5,
    [`workqueue_work_duration_seconds_sum${Q}`]: 2,
    [`workqueue_work_duration_seconds_count${Q}`]: 1,
    [`workqueue_retries_total${Q}`]: 1,
  });
});

test("running work grows old while it runs", async () => {
  const { metrics, queue, clock } = declare();
  // The ages are read on the process's own clock.
  clock.now = performance.now() - 3_000;
  queue.add("a");
  queue.take();
  clock.now += 2_000;
  queue.add("b");
  queue.take();
  const told = await series(metrics);
  expect(told[`workqueue_longest_running_processor_seconds${Q}`]).toBeCloseTo(3, 0);
  expect(told[`workqueue_unfinished_work_seconds${Q}`]).toBeCloseTo(4, 0);
});

describe("of the process", () => {
  test("requests are counted by code, method and host", async () => {
    const metrics = new EngineMetrics();
    metrics.request("10.0.0.1:6443", "GET", "200");
    metrics.request("10.0.0.1:6443", "GET", "200");
    expect(await series(metrics)).toEqual({
      'rest_client_requests_total{code="200",method="GET",host="10.0.0.1:6443"}': 2,
    });
  });

  test("leadership is 1 or 0", async () => {
    const metrics = new EngineMetrics();
    metrics.leader("operator", false);
    expect(await series(metrics)).toEqual({ 'leader_election_master_status{name="operator"}': 0 });
    metrics.leader("operator", true);
    expect(await series(metrics)).toEqual({ 'leader_election_master_status{name="operator"}': 1 });
  });

  test("timeouts are counted", async () => {
    const { metrics } = declare();
    metrics.timedOut("widget");
    expect(await series(metrics)).toMatchObject({ [`controller_runtime_reconcile_timeouts_total${C}`]: 1 });
  });
});
