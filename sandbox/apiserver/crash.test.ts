import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configMap, core, Harness, until } from "./testing/harness.ts";

/** A server in a process of its own, which can be killed. */
const child = (folder: string, port: number): ReturnType<typeof spawn> =>
  spawn(
    process.execPath,
    [
      "--input-type=module-typescript",
      "-e",
      `const { startApiServer } = await import(${JSON.stringify(join(import.meta.dirname, "index.ts"))});
       const { pino } = await import("pino");
       await startApiServer({ dataDir: ${JSON.stringify(folder)}, port: ${port}, log: pino({ level: "silent" }) });`,
    ],
    { stdio: "ignore", cwd: import.meta.dirname },
  );

test("what was acknowledged over HTTP survives SIGKILL in the middle of writing", async () => {
  const harness = await new Harness().start();
  const { port } = harness.api;
  await harness.api.stop();
  const server = child(harness.folder, port);
  try {
    await until(
      () =>
        harness.get("/readyz").then(
          ({ code }) => code === 200,
          () => false,
        ),
      "the server",
    );
    const acknowledged: string[] = [];
    let killed = false;
    const writer = async (which: number): Promise<void> => {
      for (let i = 0; !killed; i++) {
        const name = `w${which}-${i}`;
        const reply = await harness.call("POST", core("configmaps"), configMap(name)).catch(() => undefined);
        if (reply?.code === 201) acknowledged.push(name);
        if (acknowledged.length > 100 && !killed) {
          killed = true;
          server.kill("SIGKILL");
        }
      }
    };
    await Promise.all([1, 2, 3, 4].map(writer));
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    await harness.start();
    const { object } = await harness.done("GET", core("configmaps"));
    const found = new Set(object.items.map(({ metadata }) => metadata.name));
    expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
  } finally {
    server.kill("SIGKILL");
    await harness.end();
  }
});
