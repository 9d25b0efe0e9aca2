// The alerts of a site, read and tried by Prometheus' own `promtool`: each fires when it should and is silent otherwise.
import { spawnSync } from "node:child_process";
import { accessSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aTenant } from "../../testing/manifests.ts";
import { alertRules } from "./alerts.ts";

const PROMTOOL = process.env["PROMTOOL"] ?? "promtool";
const missing = spawnSync(PROMTOOL, ["--version"]).error !== undefined;
if (missing)
  console.error(`skipped: there is no ${PROMTOOL} (Debian: prometheus; or set PROMTOOL); alerts of a site`);

const rules = alertRules(
  aTenant({
    backup: {
      destination: { volume: { size: "1Gi" } },
      schedule: "0 3 * * *",
      drills: { schedule: "0 5 * * SUN" },
    },
    update: {},
  }),
);
const REPOSITORY = new URL("../../../", import.meta.url);

test("every alert says what is wrong and leads to a page that names it", () => {
  for (const { alert, labels, annotations } of rules) {
    expect(annotations.summary).toContain("hill");
    expect(annotations.description).toContain("LmsTenant schools/hill");
    expect(["critical", "warning"]).toContain(labels["severity"]);
    const page = new URL(`.${new URL(annotations.runbook_url).pathname}`, REPOSITORY);
    expect(() => accessSync(page), page.pathname).not.toThrow();
    expect(readFileSync(page, "utf8")).toContain(alert);
  }
});

test("every metric of the operator that an alert asks for is there", () => {
  const source = readFileSync(new URL("controller/backup/metrics.ts", REPOSITORY), "utf8");
  const asked = rules.flatMap(({ expr }) => [...expr.matchAll(/\bprovost_(backup|restore_drill)_(\w+)/g)]);
  expect(asked).toHaveLength(4);
  for (const [, what, rest] of asked) {
    expect(source).toContain(`"${what}"`);
    expect(source).toContain(`_${rest}\``);
  }
  const updates = readFileSync(new URL("controller/update/metrics.ts", REPOSITORY), "utf8");
  const ofUpdates = rules.flatMap(({ expr }) => [...expr.matchAll(/\bprovost_update_\w+/g)]);
  expect(ofUpdates).toHaveLength(2);
  for (const [name] of ofUpdates) expect(updates).toContain(`"${name}"`);
});

test("a site without backups and updates is not told of them", () => {
  expect(alertRules(aTenant()).map(({ alert }) => alert)).toEqual([
    "LmsSiteDown",
    "LmsErrorRatioHigh",
    "LmsSlow",
  ]);
});

test("every metric that an alert asks for is one of the runtime's", () => {
  const source = readFileSync(new URL("lms/health/metrics.ts", REPOSITORY), "utf8");
  const asked = rules.flatMap(({ expr }) => [...expr.matchAll(/\blms_\w+/g)].map(([name]) => name));
  expect(asked.length).toBeGreaterThan(0);
  for (const name of asked) expect(source).toContain(`"${name.replace(/_(count|bucket|sum)$/, "")}"`);
});

const site = '{namespace="schools",service="hill-health"';
const probes = (status: string, values: string, service = site) => ({
  series: `lms_http_request_duration_seconds_count${service},listener="admin",route="/readyz",status="${status}"}`,
  values,
});
const pages = (status: string, values: string) => ({
  series: `lms_http_request_duration_seconds_count${site},listener="site",route="/",status="${status}"}`,
  values,
});
const bucket = (le: string, values: string) => ({
  series: `lms_http_request_duration_seconds_bucket${site},listener="site",route="/",le="${le}"}`,
  values,
});
const told = (metric: string, values: string) => ({
  series: `provost_${metric}{tenant_namespace="schools",tenant="hill",instance="operator"}`,
  values,
});
const well = probes("200", "0+60x60");

const CASES: readonly [string, readonly object[], readonly string[]][] = [
  ["all is well", [well, pages("200", "0+60x60"), pages("500", "0+1x60")], []],
  ["no replica is ready", [probes("200", "60+0x60"), probes("503", "0+60x60")], ["LmsSiteDown"]],
  [
    "nothing is read of the site",
    [probes("200", "0+60x60", '{namespace="schools",service="x"')],
    ["LmsSiteDown"],
  ],
  [
    "one request in ten fails",
    [well, pages("200", "0+54x60"), pages("500", "0+6x60")],
    ["LmsErrorRatioHigh"],
  ],
  ["a lonely visitor meets one error", [well, pages("200", "0x60"), pages("500", "0x20 1x40")], []],
  [
    "one request in ten is slow",
    [well, bucket("1", "0+54x60"), bucket("5", "0+60x60"), bucket("+Inf", "0+60x60")],
    ["LmsSlow"],
  ],
  [
    "a backup has failed",
    [well, told("backup_failed", "1x60"), told("backup_overdue", "0x60")],
    ["LmsBackupFailed"],
  ],
  ["none was made when it was due", [well, told("backup_overdue", "1x60")], ["LmsBackupOverdue"]],
  ["a drill has failed", [well, told("restore_drill_failed", "1x60")], ["LmsRestoreDrillFailed"]],
  ["a drill is overdue", [well, told("restore_drill_overdue", "1x60")], ["LmsRestoreDrillOverdue"]],
  ["an update went back", [well, told("update_failed", "1x60")], ["LmsUpdateFailed"]],
  [
    "an update has been at one step for long",
    [well, told("update_step_start_timestamp_seconds", "-3600x60")],
    ["LmsUpdateStuck"],
  ],
  ["an update goes on", [well, told("update_step_start_timestamp_seconds", "0+60x60")], []],
  [
    "one in a hundred is slow",
    [well, bucket("1", "0+99x60"), bucket("5", "0+100x60"), bucket("+Inf", "0+100x60")],
    [],
  ],
];

test.skipIf(missing)(
  "promtool takes the rules and finds each alert where it belongs and nowhere else",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "provost-alerts-"));
    try {
      // What stands in spec of a PrometheusRule is a rule file; JSON is YAML.
      writeFileSync(join(folder, "rules.yaml"), JSON.stringify({ groups: [{ name: "lms", rules }] }));
      const tests = CASES.map(([name, input_series, firing]) => ({
        name,
        interval: "1m",
        input_series,
        promql_expr_test: rules.map(({ alert }) => ({
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
          eval_time: "40m",
          exp_samples: [{ labels: "{}", value: firing.includes(alert) ? 1 : 0 }],
        })),
      }));
      writeFileSync(
        join(folder, "tests.yaml"),
        JSON.stringify({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests }),
      );
      const promtool = (...args: string[]): string => {
        const { status, stdout, stderr } = spawnSync(PROMTOOL, args, { cwd: folder, encoding: "utf8" });
        return status === 0 ? "" : stdout + stderr;
      };
      expect(promtool("check", "rules", "--lint=all", "--lint-fatal", "rules.yaml")).toBe("");
      expect(promtool("test", "rules", "tests.yaml")).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
