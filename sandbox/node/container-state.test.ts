// What is known of a container: restarts, backoff, and how it reads as a status.
import { expect, test } from "vitest";
import type { ContainerStateTerminated } from "../workloads/objects.ts";
import {
  afterBackoff,
  afterEnd,
  beforeRestart,
  containerStatus,
  freshRecord,
  recordFromStatus,
  viewOf,
} from "./container-state.ts";

const backoff = { firstMs: 1_000, longestMs: 4_000 };
const end: ContainerStateTerminated = { exitCode: 1, reason: "Error", finishedAt: "2026-01-01T00:00:00Z" };

test("the first restart is immediate, later ones wait longer and longer", () => {
  let record = freshRecord("main", "web:1");
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    record = beforeRestart(afterEnd(record, end, 10, backoff), "pod", 0, backoff);
    waits.push(record.standing.at === "backoff" ? record.standing.untilMs : 0);
    if (record.standing.at === "backoff") record = afterBackoff(record);
  }
  expect(waits).toEqual([0, 1_000, 2_000, 4_000, 4_000]);
  expect(record.restarts).toBe(5);
});

test("whoever ran long enough begins the backoff anew", () => {
  const tired = { ...freshRecord("main", "web:1"), endsInARow: 7 };
  expect(afterEnd(tired, end, 9_000, backoff).endsInARow).toBe(1);
  expect(afterEnd(tired, end, 100, backoff).endsInARow).toBe(8);
});

test("a container in backoff shows CrashLoopBackOff and how it ended", () => {
  const record = beforeRestart(
    { ...freshRecord("main", "web:1"), standing: { at: "ended", end }, endsInARow: 2, restarts: 1 },
    "shop-1",
    0,
    backoff,
  );
  expect(containerStatus("uid", record, "main", "ContainerCreating")).toMatchObject({
    ready: false,
    restartCount: 1,
    state: {
      waiting: {
        reason: "CrashLoopBackOff",
        message: "back-off 1s restarting failed container=main pod=shop-1",
      },
    },
    lastState: { terminated: { exitCode: 1 } },
  });
});

test("what ran when the sandbox died has ended with it, and its next run is a restart", () => {
  const record = recordFromStatus(
    "main",
    "web:1",
    {
      name: "main",
      image: "web:1",
      imageID: "",
      ready: true,
      started: true,
      restartCount: 3,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      lastState: {},
    },
    0,
  );
  expect(viewOf(record)).toMatchObject({ place: { at: "ended", exitCode: 137 }, ranBefore: true });
  expect(beforeRestart(record, "pod", 0, backoff)).toMatchObject({
    restarts: 4,
    standing: { at: "waiting" },
  });
});

test("an init container that had finished stays finished", () => {
  const done = { exitCode: 0, reason: "Completed", finishedAt: "2026-01-01T00:00:00Z" };
  const record = recordFromStatus(
    "init",
    "web:1",
    {
      name: "init",
      image: "web:1",
      imageID: "",
      ready: true,
      started: false,
      restartCount: 0,
      state: { terminated: done },
      lastState: {},
    },
    0,
  );
  expect(viewOf(record).place).toEqual({ at: "ended", exitCode: 0 });
  expect(containerStatus("uid", record, "init", "").ready).toBe(true);
});
