// What a container said at its end.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Container } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Parts } from "./testing.ts";
import { aPodOf, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";

const failing = scriptImage(
  "failing",
  `process.stdout.write("ü".repeat(3000) + "\\n");
   process.stderr.write("the key is lost");
   process.exitCode = Number(process.env.CODE);`,
);
const reporting = scriptImage(
  "reporting",
  `const [fs, child_process] = [require("node:fs"), require("node:child_process")]; eval(process.env.SCRIPT);`,
);
const folder = scratchFolder();
let parts: Parts;
beforeAll(async () => {
  parts = await startParts(folder, [failing, reporting]);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

const endOf = async (name: string, code: number, policy?: "File" | "FallbackToLogsOnError") => {
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

/** Runs `script` with REPORT=/dev/termination-log once; how it ended. */
const reportOf = async (name: string, script: string, more: Partial<Container> = {}) => {
  const container = {
    image: "reporting",
    env: [
      { name: "REPORT", value: "/dev/termination-log" },
      { name: "SCRIPT", value: script },
    ],
    ...more,
  };
  parts.create(resources.pods, aPodOf(name, container, { restartPolicy: "Never" }));
  return until(() => parts.status(name)?.state.terminated, `${name} to end`);
};
const write = (content: string): string => `fs.writeFileSync(process.env.REPORT, ${content})`;

test("what is written to the termination log is told, whatever the exit code", async () => {
  expect(await reportOf("well", write(`'{"ok":true}'`))).toMatchObject({
    exitCode: 0,
    message: '{"ok":true}',
  });
  const bad = await reportOf("badly", `${write("'why'")}; console.log("other words"); process.exitCode = 3`, {
    terminationMessagePolicy: "FallbackToLogsOnError",
  });
  expect(bad).toMatchObject({ exitCode: 3, message: "why" });
});

test("the file may be replaced, and the path chosen", async () => {
  const replace = `fs.writeFileSync(process.env.REPORT + ".tmp", "new"); fs.renameSync(process.env.REPORT + ".tmp", process.env.REPORT)`;
  expect(await reportOf("replacing", replace)).toMatchObject({ message: "new" });
  const env = [
    { name: "REPORT", value: "/var/run/words" },
    { name: "SCRIPT", value: write("'chosen'") },
  ];
  expect(await reportOf("choosing", "", { env, terminationMessagePath: "/var/run/words" })).toMatchObject({
    message: "chosen",
  });
});

test("4 KiB are read at most, whole characters only", async () => {
  const { message = "" } = await reportOf("lengthy", write(`"a" + "ü".repeat(5000)`));
  expect(message).toMatch(/^aü+$/);
  expect(Buffer.byteLength(message)).toBe(4095);
});

test("nothing else is read: not what a link leads to, not a pipe that nobody writes to", async () => {
  const link = `fs.rmSync(process.env.REPORT); fs.symlinkSync("/etc/passwd", process.env.REPORT)`;
  expect((await reportOf("linking", link)).message).toBeUndefined();
  const pipe = `fs.rmSync(process.env.REPORT); child_process.execFileSync("mkfifo", [process.env.REPORT])`;
  expect((await reportOf("piping", pipe)).message).toBeUndefined();
});

test("a container that runs again does not repeat what it said before", async () => {
  const once = `if (!fs.existsSync("ran")) { fs.writeFileSync("ran", ""); ${write("'first'")}; process.exitCode = 1 }`;
  const container = {
    image: "reporting",
    env: [
      { name: "REPORT", value: "/dev/termination-log" },
      { name: "SCRIPT", value: once },
    ],
  };
  parts.create(resources.pods, aPodOf("again", container, { restartPolicy: "OnFailure" }));
  const status = await until(() => {
    const now = parts.status("again");
    return now?.state.terminated?.exitCode === 0 && now;
  }, "again to succeed");
  expect(status.lastState.terminated?.message).toBe("first");
  expect(status.state.terminated?.message).toBeUndefined();
});

test("whoever succeeds or does not ask for it has nothing told", async () => {
  expect((await endOf("content", 0, "FallbackToLogsOnError")).message).toBeUndefined();
  expect((await endOf("silent", 1)).message).toBeUndefined();
});
