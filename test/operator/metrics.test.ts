// What Prometheus scrapes: /metrics of the operator and of a running site, read by Prometheus' own `promtool`.
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aCourse, aTenant } from "../scenario/school.ts";
import { freePort } from "../support/sandbox-process.ts";
import { Harness } from "./harness.ts";

const PROMTOOL = process.env["PROMTOOL"] ?? "promtool";
const missing = spawnSync(PROMTOOL, ["--version"]).error !== undefined;
if (missing)
  console.warn(
    `skipped: there is no ${PROMTOOL} (Debian: prometheus; or set PROMTOOL); test/operator/metrics`,
  );

let harness: Harness;
let operatorMetrics: string;
let siteMetrics: string;

beforeAll(async () => {
  harness = await Harness.start();
  const port = await freePort();
  await harness.startOperator({ healthPort: port, leaderElection: true });
  await harness.cluster.apply(aTenant("hill"), aCourse("basics", "hill"));
  const { lms } = await harness.runPods("hill");
  await harness.cluster.condition("Course", "basics", "Ready");
  await harness.page("hill", "/courses/basics");
  operatorMetrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  siteMetrics = await (await fetch(`http://127.0.0.1:${lms.adminPort}/metrics`)).text();
}, 180_000);

afterAll(async () => harness?.stop(), 60_000);

/** What promtool has to say about names, types and help texts; nothing when all is well. */
function lint(metrics: string): string {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, ["check", "metrics"], {
    input: metrics,
    encoding: "utf8",
  });
  return status === 0 ? "" : `${stdout}${stderr}` || `exit code ${String(status)}`;
}

test.skipIf(missing)("promtool finds nothing to say about the metrics of the operator and of a site", () => {
  expect({ operator: lint(operatorMetrics), site: lint(siteMetrics) }).toEqual({ operator: "", site: "" });
  expect(lint("sign_ins_total 1\n# TYPE open_doors_total gauge\nopen_doors_total 2\n")).not.toBe("");
});

test("they count what has just happened", () => {
  expect(operatorMetrics).toMatch(
    /^controller_runtime_reconcile_total\{controller="course",result="success"\} [1-9]/m,
  );
  expect(operatorMetrics).toMatch(/^leader_election_master_status\{name="provost-operator"\} 1$/m);
  expect(operatorMetrics).toMatch(/^workqueue_adds_total\{[^}]*name="lmstenant"[^}]*\} [1-9]/m);
  expect(siteMetrics).toMatch(
    /^lms_http_request_duration_seconds_count\{[^}]*route="\/courses\/:key"[^}]*\} 1$/m,
  );
});
