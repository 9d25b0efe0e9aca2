// A stop comes to its end whatever the programs do that are being stopped.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../workloads/objects.ts";
import type { ResolvedContainer } from "./container-start.ts";
import { containerStart } from "./container-start.ts";
import { allProcesses, commandLineOf } from "./proc.ts";
import { Processes } from "./processes.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";
import { podImages, waitsFor } from "./testing-pods.ts";

/** Processes started with this word in their arguments. */
const running = (word: string): number[] => allProcesses().filter((pid) => commandLineOf(pid).includes(word));
const hanging = (word: string): string[] => [process.execPath, "-e", "setInterval(() => {}, 1e6)", word];

describe("a helper of a preparation", () => {
  const folder = scratchFolder();
  afterAll(() => removeScratch(folder));

  test("does not outlive a stop that comes while it is being started", async () => {
    const stop = new AbortController();
    const command = { command: ["true"], env: {} };
    const resolved: ResolvedContainer = { env: {}, mounts: new Map(), command, args: [], replaced: false };
    const place = { podIP: "", hostIP: "", folders: new Map(), scratchDir: folder };
    const context = {
      processes: new Processes(folder),
      name: "helper",
      log: () => undefined,
      signal: stop.signal,
    };
    const helper = containerStart(resolved, place, context).run({
      command: hanging("caught-while-starting"),
      env: {},
    });
    // Its process is not known yet.
    stop.abort();
    await expect(helper).rejects.toThrow(/abort/);
    expect(running("caught-while-starting")).toEqual([]);
  });
});

test("a process that cannot be recorded is not left running", async () => {
  const folder = scratchFolder();
  const processes = new Processes(folder);
  rmSync(join(folder, "processes"), { recursive: true });
  const started = processes.start(
    "lost",
    { command: hanging("not-recorded"), env: {} },
    { output: () => undefined },
  );
  await expect(started).rejects.toThrow(/ENOENT/);
  await until(() => running("not-recorded").length === 0, "the process to be gone");
  mkdirSync(join(folder, "processes"));
  removeScratch(folder);
});

describe("a pod", () => {
  const folder = scratchFolder();
  let parts: Parts;
  const { logged, gone } = waitsFor(() => parts);
  const preparing = new Set<string>();
  /** Neither ends nor heeds the signal: a disk that does not answer. */
  const stuck = scriptImage("stuck", "", {
    prepare: ({ env }) => {
      preparing.add(env["HOSTNAME"] ?? "");
      return new Promise(() => undefined);
    },
  });
  beforeAll(async () => {
    parts = await startParts(folder, [...podImages, stuck]);
  });
  afterAll(async () => {
    await parts.stop();
    removeScratch(folder);
  });

  test("whose preparation hangs goes soon after its grace period", async () => {
    parts.create(
      resources.pods,
      aPodOf("prepared", { image: "stuck" }, { terminationGracePeriodSeconds: 1 }),
    );
    await until(() => preparing.has("prepared"), "the preparation to begin");
    parts.cluster.delete(resources.pods, "shop", "prepared");
    const from = Date.now();
    await gone("prepared");
    expect(Date.now() - from).toBeLessThan(8_000);
  });

  test("is stopped at once while its postStart hook still runs, and the hook ends with it", async () => {
    const postStart = { exec: { command: hanging("post-start-hook") } };
    parts.create(resources.pods, aPodOf("hooked", { image: "polite", lifecycle: { postStart } }));
    await logged("hooked", "here");
    await until(() => running("post-start-hook").length > 0, "the hook to run");
    parts.cluster.delete(resources.pods, "shop", "hooked");
    const from = Date.now();
    await gone("hooked");
    expect(Date.now() - from).toBeLessThan(5_000);
    await until(() => running("post-start-hook").length === 0, "the hook to be gone");
  });

  test("leaves no probe behind that was asking when it was stopped", async () => {
    const probe = { exec: { command: hanging("hanging-probe") }, timeoutSeconds: 600, periodSeconds: 1 };
    parts.create(resources.pods, aPodOf("probed", { image: "polite", readinessProbe: probe }));
    await logged("probed", "here");
    await until(() => running("hanging-probe").length > 0, "the probe to run");
    parts.cluster.delete(resources.pods, "shop", "probed");
    await gone("probed");
    await sleep(100);
    expect(running("hanging-probe")).toEqual([]);
  });

  test("does not keep the sandbox from stopping, whatever it waits for", async () => {
    parts.create(resources.pods, aPodOf("halted", { image: "stuck" }, { terminationGracePeriodSeconds: 1 }));
    await until(() => preparing.has("halted"), "the preparation to begin");
    const from = Date.now();
    await parts.stop();
    expect(Date.now() - from).toBeLessThan(9_000);
  });
});
