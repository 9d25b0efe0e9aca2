// How pods stop: signals, hooks, patience, force.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resources } from "../workloads/objects.ts";
import { allProcesses, environmentOf } from "./proc.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, namespace, removeScratch, scratchFolder, startParts, until } from "./testing.ts";
import { podImages, waitsFor } from "./testing-pods.ts";

const folder = scratchFolder();
let parts: Parts;
const { ready, logged, gone } = waitsFor(() => parts);
beforeAll(async () => {
  parts = await startParts(folder, podImages);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

test("deletion sends the image's stop signal and the object goes when the process has", async () => {
  parts.create(resources.pods, aPodOf("polite", { image: "polite" }));
  await logged("polite", "here");
  const uid = parts.pod("polite")?.metadata.uid ?? "";
  const follow = new AbortController();
  const following = (async () => {
    let text = "";
    const options = { follow: true, signal: follow.signal };
    for await (const piece of parts.backend.podLog(namespace, "polite", options))
      text += Buffer.from(piece).toString();
    return text;
  })();
  parts.cluster.delete(resources.pods, namespace, "polite");
  await gone("polite");
  expect(await following).toContain("bye");
  expect(parts.events("polite").map(({ reason }) => reason)).toContain("Killing");
  await until(() => !readdirSync(join(folder, "pods")).includes(uid), "its folder to be removed");
});

test("a process that ignores the stop signal is killed after its grace period", async () => {
  parts.create(
    resources.pods,
    aPodOf("stubborn", { image: "stubborn" }, { terminationGracePeriodSeconds: 1 }),
  );
  await logged("stubborn", "here");
  const from = Date.now();
  parts.cluster.delete(resources.pods, namespace, "stubborn");
  await gone("stubborn");
  expect(Date.now() - from).toBeGreaterThanOrEqual(1_000);
});

test("a second deletion with less patience does not wait for the first one's", async () => {
  parts.create(
    resources.pods,
    aPodOf("hurried", { image: "stubborn" }, { terminationGracePeriodSeconds: 600 }),
  );
  await logged("hurried", "here");
  parts.cluster.delete(resources.pods, namespace, "hurried");
  await logged("hurried", "no");
  parts.cluster.delete(resources.pods, namespace, "hurried", { gracePeriodSeconds: 0 });
  await gone("hurried");
});

test("a pod removed by force loses its process, and its successor of the same name waits for that", async () => {
  parts.create(
    resources.pods,
    aPodOf("forced", { image: "stubborn" }, { terminationGracePeriodSeconds: 600 }),
  );
  await logged("forced", "here");
  const uid = parts.pod("forced")?.metadata.uid ?? "";
  const alive = (): boolean =>
    allProcesses().some((pid) => environmentOf(pid, "HOME")?.includes(`/pods/${uid}/`) === true);
  expect(alive()).toBe(true);
  parts.cluster.delete(resources.pods, namespace, "forced", { gracePeriodSeconds: 0 });
  parts.create(resources.pods, aPodOf("forced", { image: "stubborn" }, { terminationGracePeriodSeconds: 1 }));
  await logged("forced", "here");
  expect(alive()).toBe(false);
});

test("hooks run: postStart before the container is ready, preStop before the stop signal", async () => {
  const file = join(folder, "hooks");
  const write = (text: string): { exec: { command: string[] } } => ({
    exec: {
      command: [
        process.execPath,
        "-e",
        `require("node:fs").appendFileSync(${JSON.stringify(file)}, "${text} ")`,
      ],
    },
  });
  parts.create(
    resources.pods,
    aPodOf("hooked", {
      image: "polite",
      lifecycle: { postStart: write("started"), preStop: write("stopping") },
    }),
  );
  await ready("hooked");
  expect(readFileSync(file, "utf8")).toBe("started ");
  parts.cluster.delete(resources.pods, namespace, "hooked");
  await gone("hooked");
  expect(readFileSync(file, "utf8")).toBe("started stopping ");
});
