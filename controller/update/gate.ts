// The health gate's judgement: how a site answers now against how it did before. Pure.
import type { LmsTenant, Traffic } from "../../api/index.ts";
import type { UpdateState } from "./state.ts";

type Before = NonNullable<UpdateState["before"]>;
type Limits = NonNullable<NonNullable<LmsTenant["spec"]["update"]>["gate"]>;

/** Fewer failures than this may be anybody's mishap. */
const FEWEST_FAILURES = 3;
/** From fewer answers no percentile is told. */
const FEWEST_ANSWERS = 50;
/** Nobody notices a difference below this. */
const FAST_ENOUGH_MS = 250;

/** The traffic of several replicas as one. */
export function together(replicas: readonly Traffic[]): Traffic {
  const within = new Map<number, number>();
  for (const { within: buckets } of replicas)
    for (const { le, requests } of buckets) within.set(le, (within.get(le) ?? 0) + requests);
  const sum = (of: (one: Traffic) => number): number => replicas.reduce((total, one) => total + of(one), 0);
  return {
    requests: sum(({ requests }) => requests),
    failed: sum(({ failed }) => failed),
    within: [...within].toSorted(([a], [b]) => a - b).map(([le, requests]) => ({ le, requests })),
  };
}

/** What status remembers of it. */
export function summary(traffic: Traffic): Before {
  return { requests: traffic.requests, failed: traffic.failed, p95Ms: Math.round(p95(traffic) * 1_000) };
}

/** Seconds within which 95 % were answered, as the next boundary of the histogram; 0 when there was nothing. */
export function p95({ requests, within }: Traffic): number {
  if (requests === 0) return 0;
  const enough = within.find((bucket) => bucket.requests >= 0.95 * requests);
  // Beyond the last boundary nothing is known but that.
  return enough?.le ?? 2 * (within.at(-1)?.le ?? 0);
}

/** Why the site is not as well as before, for people; `undefined` when it is. */
export function worse(
  before: Before,
  traffic: Traffic,
  limits: Limits,
): { readonly reason: string; readonly message: string } | undefined {
  const { requests, failed } = traffic;
  const percent = (part: number, of: number): number => (of === 0 ? 0 : (100 * part) / of);
  const [was, is] = [percent(before.failed, before.requests), percent(failed, requests)];
  if (failed >= FEWEST_FAILURES && is > was + limits.maxErrorPercent)
    return {
      reason: "ErrorRate",
      message: `${failed} of ${requests} answers were server errors (${is.toFixed(1)} %), before it were ${was.toFixed(1)} %`,
    };
  const [wasMs, isMs] = [before.p95Ms, summary(traffic).p95Ms];
  if (
    requests >= FEWEST_ANSWERS &&
    before.requests >= FEWEST_ANSWERS &&
    isMs > Math.max(FAST_ENOUGH_MS, wasMs * limits.maxSlowdown)
  )
    return {
      reason: "Latency",
      message: `95 % of visitors are answered within ${isMs} ms, before it were ${wasMs} ms`,
    };
  return undefined;
}
