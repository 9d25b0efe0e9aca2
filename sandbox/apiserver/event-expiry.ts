// Events are kept for an hour after they were last written.
import type { KubeObject } from "../cluster.ts";
import type { Core } from "./core.ts";

const keepMs = 60 * 60 * 1000;
const sweepMs = 5 * 60 * 1000;

/** When an event was last written, as far as it tells (ms since 1970). */
const lastWritten = (event: KubeObject): number => {
  const series = event["series"] as { lastObservedTime?: string } | undefined;
  const times = [
    event.metadata.creationTimestamp,
    event["lastTimestamp"] as string | undefined,
    event["eventTime"] as string | undefined,
    series?.lastObservedTime,
    ...(event.metadata.managedFields ?? []).map((entry) => entry.time),
  ].map((time) => Date.parse(time ?? ""));
  return Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
};

/** Removes events that are an hour old at the time `now`; returns how many. */
export const expireEvents = ({ store }: Core, now: number): number => {
  const old = [...store.collection("events").entries()].filter(([, e]) => lastWritten(e) < now - keepMs);
  for (const [, { metadata }] of old) store.remove("events", metadata.namespace, metadata.name);
  return old.length;
};

/** Removes old events now and every few minutes. Returns the function that stops it. */
export const runEventExpiry = (core: Core): (() => void) => {
  expireEvents(core, Date.now());
  const timer = setInterval(() => expireEvents(core, Date.now()), sweepMs).unref();
  return () => clearInterval(timer);
};
