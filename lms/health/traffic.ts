// How this replica has answered visitors since it started, read from its own metrics.
import type { Traffic } from "../../api/index.ts";
import type { Metrics } from "./metrics.ts";

export async function trafficOf({ httpRequestDuration }: Metrics): Promise<Traffic> {
  const { values } = await httpRequestDuration.get();
  const within = new Map<number, number>();
  let [requests, failed] = [0, 0];
  for (const { labels, metricName, value } of values) {
    if (labels.listener !== "site") continue;
    const { le } = labels as { le?: number | string };
    if (metricName?.endsWith("_count")) {
      requests += value;
      if (String(labels.status).startsWith("5")) failed += value;
    } else if (typeof le === "number") within.set(le, (within.get(le) ?? 0) + value);
  }
  return {
    requests,
    failed,
    within: [...within].toSorted(([a], [b]) => a - b).map(([le, count]) => ({ le, requests: count })),
  };
}
