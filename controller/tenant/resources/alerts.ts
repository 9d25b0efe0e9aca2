// When somebody must look at a site, in the words of Prometheus. The metrics are those of lms/health/metrics.ts, and the
// operator's. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import { names, namespaceOf } from "../names.ts";
import type { AlertRule } from "../optional/kinds.ts";

/** Where docs/ of this repository is published. */
const DOCS = "https://provost.dev/docs";

/** The alerts of one site. Each has a page of its own in docs/runbooks. */
export function alertRules(tenant: LmsTenant): AlertRule[] {
  const namespace = namespaceOf(tenant);
  const { name } = tenant.metadata;
  // The Prometheus Operator labels what it reads by namespace and Service (its docs: "ServiceMonitor", relabeling).
  const site = `namespace="${namespace}",service="${names(name).health}"`;
  const requests = (labels: string, over: string): string =>
    `sum(rate(lms_http_request_duration_seconds_count{${site},${labels}}[${over}]))`;
  const alert: Alert = (title, severity, rule, summary, description, page) => ({
    alert: title,
    expr: rule.expr,
    for: rule.for,
    labels: { severity, namespace, tenant: name },
    annotations: { summary, description, runbook_url: `${DOCS}/runbooks/${page}.md` },
  });
  const who = `LmsTenant ${namespace}/${name}`;
  return [
    alert(
      "LmsSiteDown",
      "critical",
      {
        // The kubelet asks every replica every second whether it is ready. Where nothing is read of it, nothing is ready.
        expr: `(${requests('listener="admin",route="/readyz",status="200"', "2m")} or vector(0)) == 0`,
        for: "3m",
      },
      `The learning site ${name} is down`,
      `No replica of ${who} has said that it is ready for 3 minutes, or Prometheus cannot read its metrics.`,
      "lms-site-down",
    ),
    alert(
      "LmsErrorRatioHigh",
      "warning",
      {
        // Of one visitor an hour a single error would be all there is: some traffic is asked for, about a request in 20 s.
        expr:
          `${requests('listener="site",status=~"5.."', "5m")} / ${requests('listener="site"', "5m")} > 0.05 ` +
          `and ${requests('listener="site"', "5m")} > 0.05`,
        for: "10m",
      },
      `The learning site ${name} answers with errors`,
      `{{ $value | humanizePercentage }} of the requests to ${who} ended with a server error (5xx) over 5 minutes.`,
      "lms-error-ratio-high",
    ),
    alert(
      "LmsSlow",
      "warning",
      {
        expr: `histogram_quantile(0.95, sum by (le) (rate(lms_http_request_duration_seconds_bucket{${site},listener="site"}[5m]))) > 1`,
        for: "15m",
      },
      `The learning site ${name} is slow`,
      `One request in 20 to ${who} took longer than a second (95th percentile: {{ $value | humanizeDuration }}) over 5 minutes.`,
      "lms-slow",
    ),
    ...(tenant.spec.backup ? backupAlerts(tenant, alert) : []),
    ...(tenant.spec.update ? updateAlerts(tenant, alert) : []),
  ];
}

type Alert = (
  title: string,
  severity: "critical" | "warning",
  rule: Pick<AlertRule, "expr" | "for">,
  summary: string,
  description: string,
  page: string,
) => AlertRule;

/** What the operator tells of a tenant; several replicas of it tell the same. */
const toldOf = (tenant: LmsTenant, metric: string): string =>
  `max(provost_${metric}{tenant_namespace="${namespaceOf(tenant)}",tenant="${tenant.metadata.name}"})`;

/** From the operator's own metrics (controller/update/metrics.ts). */
function updateAlerts(tenant: LmsTenant, alert: Alert): AlertRule[] {
  const { name } = tenant.metadata;
  const who = `LmsTenant ${namespaceOf(tenant)}/${name}`;
  return [
    alert(
      "LmsUpdateFailed",
      "warning",
      { expr: `${toldOf(tenant, "update_failed")} == 1`, for: "5m" },
      `The last update of the learning site ${name} did not go well`,
      `The last update of ${who} was rolled back, abandoned or failed; the condition UpToDate says why.`,
      "lms-update",
    ),
    alert(
      "LmsUpdateStuck",
      "warning",
      { expr: `time() - ${toldOf(tenant, "update_step_start_timestamp_seconds")} > 3600`, for: "5m" },
      `An update of the learning site ${name} does not go on`,
      `The update of ${who} has been at one step for {{ $value | humanizeDuration }}; the condition UpToDate says what it waits for.`,
      "lms-update",
    ),
  ];
}

/** From the operator's own metrics (controller/backup/metrics.ts). */
function backupAlerts(tenant: LmsTenant, alert: Alert): AlertRule[] {
  const { name } = tenant.metadata;
  const who = `LmsTenant ${namespaceOf(tenant)}/${name}`;
  const told = (what: string): string => `${toldOf(tenant, what)} == 1`;
  const alerts = [
    alert(
      "LmsBackupFailed",
      "warning",
      { expr: told("backup_failed"), for: "5m" },
      `The last backup of the learning site ${name} failed`,
      `The newest backup of ${who} that ended has failed; the condition BackedUp says why.`,
      "lms-backup",
    ),
    alert(
      "LmsBackupOverdue",
      "critical",
      { expr: told("backup_overdue"), for: "15m" },
      `The learning site ${name} has no backup that was due`,
      `A backup of ${who} was due and there is none.`,
      "lms-backup",
    ),
  ];
  if (!tenant.spec.backup?.drills) return alerts;
  return [
    ...alerts,
    alert(
      "LmsRestoreDrillFailed",
      "critical",
      { expr: told("restore_drill_failed"), for: "5m" },
      `A backup of the learning site ${name} could not be proven`,
      `The newest restore drill of ${who} has failed: the condition RestoreVerified says what does not hold.`,
      "lms-restore-drill",
    ),
    alert(
      "LmsRestoreDrillOverdue",
      "warning",
      { expr: told("restore_drill_overdue"), for: "15m" },
      `No backup of the learning site ${name} was proven when it was due`,
      `A restore drill of ${who} was due and there is no good one.`,
      "lms-restore-drill",
    ),
  ];
}
