// What a run is called where it leaves its traces. Pure.
import type { Metadata } from "../../api/index.ts";

/** As its object, and never as another of the same name. */
export function runId({ metadata }: { readonly metadata: Pick<Metadata, "name" | "uid"> }): string {
  return `${metadata.name}-${(metadata.uid ?? "").slice(0, 8)}`;
}

interface Ran {
  readonly status?: { readonly completedAt?: string | undefined; readonly failedAt?: string | undefined };
}

/** Whether a run has come to its end, well or not: its object stays what it became. */
export function isOver(run: Ran): boolean {
  return endOf(run) !== "";
}

/** When a run came to its end; "" when it has not. */
export function endOf({ status }: Ran): string {
  return status?.completedAt ?? status?.failedAt ?? "";
}

/** What ended last comes first; of those that ended in the same second, what failed. */
export function latestFirst(a: Ran, b: Ran): number {
  const failed = (run: Ran): number => (run.status?.failedAt === undefined ? 1 : 0);
  return endOf(b).localeCompare(endOf(a)) || failed(a) - failed(b);
}
