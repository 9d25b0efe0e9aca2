// For tests of pods: programs to run, and what to wait for.
import type { ImageDefinition } from "./images.ts";
import { isReady } from "../workloads/pods.ts";
import type { Parts } from "./testing.ts";
import { scriptImage, until, webImage } from "./testing.ts";

const sayAndWait = `console.log(process.argv.slice(1).join(" ")); setInterval(() => {}, 1e6);`;
/** Programs for pods to run. */
export const podImages: readonly ImageDefinition[] = [
  webImage,
  scriptImage("say", sayAndWait),
  scriptImage("once", `console.log("did it"); process.exit(Number(process.env.CODE ?? 0));`),
  scriptImage(
    "stubborn",
    `process.on("SIGTERM", () => console.log("no")); console.log("here"); setInterval(() => {}, 1e6);`,
  ),
  scriptImage(
    "polite",
    `process.on("SIGUSR2", () => { console.log("bye"); process.exit(0); }); console.log("here"); setInterval(() => {}, 1e6);`,
    {
      stopSignal: "SIGUSR2",
    },
  ),
  scriptImage(
    "show-file",
    `const { readFileSync, watch } = require("node:fs");
     const file = process.env.DIR + "/token";
     const show = () => { try { console.log(readFileSync(file, "utf8")); } catch {} };
     watch(process.env.DIR, show); show();`,
  ),
];

/** Waits for pods of `parts()`. */
export function waitsFor(parts: () => Parts) {
  const ready = (name: string): Promise<true> =>
    until(() => {
      const pod = parts().pod(name);
      return pod !== undefined && isReady(pod) && (true as const);
    }, `${name} to be ready`);
  const logged = (name: string, text: string, options = {}): Promise<true> =>
    until(async () => {
      const log = await parts()
        .log(name, options)
        .catch(() => "");
      return log.includes(text) && (true as const);
    }, `"${text}" in the log of ${name}`);
  const reason = (name: string): Promise<{ reason: string; message?: string }> =>
    until(() => {
      const waiting = parts().status(name)?.state.waiting;
      return waiting?.message !== undefined && waiting;
    }, `a reason why ${name} waits`);
  const gone = (name: string): Promise<true> =>
    until(() => parts().pod(name) === undefined && (true as const), `${name} to be gone`);

  return { ready, logged, reason, gone };
}
