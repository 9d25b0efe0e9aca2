// Sidecars: there before the container that needs them, gone after it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { resources } from "../workloads/objects.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";

const shared = { name: "shared", mountPath: "/shared" };
const images = [
  scriptImage(
    "server",
    `const fs = require("node:fs");
     fs.appendFileSync("/shared/log".replace("/shared", process.env.DIR), "up ");
     process.on("SIGTERM", () => { fs.appendFileSync(process.env.DIR + "/log", "down "); process.exit(0); });
     setInterval(() => {}, 1e6);`,
  ),
  scriptImage(
    "user",
    `const fs = require("node:fs");
     setTimeout(() => { fs.appendFileSync(process.env.DIR + "/log", "used "); console.log(fs.readFileSync(process.env.DIR + "/log", "utf8")); process.exitCode = Number(process.env.CODE); }, 300);`,
  ),
];
const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, images);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

test.each([
  ["succeeds", 0, "Succeeded"],
  ["fails", 1, "Failed"],
])("a pod whose container %s ends with its sidecar stopped", async (name, code, phase) => {
  const env = [{ name: "DIR", value: "/shared" }];
  parts.create(
    resources.pods,
    aPodOf(
      name,
      { image: "user", env: [...env, { name: "CODE", value: String(code) }], volumeMounts: [shared] },
      {
        restartPolicy: "Never",
        initContainers: [
          { name: "server", image: "server", restartPolicy: "Always", env, volumeMounts: [shared] },
        ],
        volumes: [{ name: "shared", emptyDir: {} }],
      },
    ),
  );
  const status = await until(() => {
    const now = parts.pod(name)?.status;
    return (now?.phase === "Succeeded" || now?.phase === "Failed") && now;
  }, `${name} to be over`);
  expect(status.phase).toBe(phase);
  const [sidecar] = await until(() => {
    const all = parts.pod(name)?.status?.initContainerStatuses ?? [];
    return all[0]?.state.terminated !== undefined && all;
  }, "its sidecar to be told of");
  expect(sidecar?.state.terminated?.exitCode).toBe(0);
  expect(await parts.log(name, { container: "main" })).toContain("up used");
});
