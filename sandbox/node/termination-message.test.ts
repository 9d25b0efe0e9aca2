// Why a container ended, in its own last words.
import { afterAll, beforeAll, expect, test } from "vitest";
import { resources } from "../workloads/objects.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";

const failing = scriptImage(
  "failing",
  `process.stdout.write("ü".repeat(3000) + "\\n");
   process.stderr.write("the key is lost");
   process.exitCode = Number(process.env.CODE);`,
);
const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [failing]);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

const endOf = async (name: string, code: number, policy?: string) => {
  const container = {
    image: "failing",
    env: [{ name: "CODE", value: String(code) }],
    ...(policy && { terminationMessagePolicy: policy }),
  };
  parts.create(resources.pods, aPodOf(name, container, { restartPolicy: "Never" }));
  return until(() => parts.status(name)?.state.terminated, `${name} to end`);
};

test("with FallbackToLogsOnError the end of the log is told, 2 KiB at most, whole characters only", async () => {
  const { message = "" } = await endOf("telling", 1, "FallbackToLogsOnError");
  expect(message).toMatch(/^ü+\nthe key is lost$/);
  expect(Buffer.byteLength(message)).toBeGreaterThan(2000);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
});

test("whoever succeeds or does not ask for it has nothing told", async () => {
  expect((await endOf("content", 0, "FallbackToLogsOnError")).message).toBeUndefined();
  expect((await endOf("silent", 1)).message).toBeUndefined();
});
