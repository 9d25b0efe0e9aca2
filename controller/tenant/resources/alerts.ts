// When somebody must look at a site, in the words of Prometheus. The metrics are those of lms/health/metrics.ts. Pure.
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
  const alert = (
    title: string,
    severity: "critical" | "warning",
    rule: Pick<AlertRule, "expr" | "for">,
    summary: string,
    description: string,
    page: string,
  ): AlertRule => ({
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
  ];
}
