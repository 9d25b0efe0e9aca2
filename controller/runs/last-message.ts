// What the containers of a run said at their end. Pure.
import type { Live, Pod } from "../engine/index.ts";

/** A pod as its status tells of its end. */
export type EndedPod = Pick<Live<Pod>, "metadata" | "status">;

/** The termination message of the container that ended last; `undefined` when none left one. Sidecars have nothing to say. */
export function lastMessage(pods: readonly EndedPod[]): string | undefined {
  const ends = pods.flatMap(({ status }) =>
    (status?.containerStatuses ?? []).flatMap(({ state }) => (state?.terminated ? [state.terminated] : [])),
  );
  return ends.toSorted((a, b) => timeOf(a.finishedAt) - timeOf(b.finishedAt)).at(-1)?.message;
}

const timeOf = (time: string | Date | undefined): number =>
  time === undefined ? 0 : new Date(time).getTime();

/** A JSON object; `undefined` for anything else: a program that was killed leaves the end of its log instead. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
