// Rendering in a process of its own: pages are served meanwhile, a text that is too much for it harms nothing else, and
// the Markdown libraries with all they remember (10 MiB, which a thread would not give back) are gone soon after.
import { type ChildProcess, fork } from "node:child_process";
import module from "node:module";
import path from "node:path";
import type { Answer, Task } from "./aside-process.ts";

/** How long the process waits for more: courses come one after the other, and starting it takes 200 ms. */
const IDLE_MS = 2_000;
/** The largest course is rendered in seconds; what takes this long never ends. */
const PATIENCE_MS = 60_000;

interface Helper {
  readonly child: ChildProcess;
  readonly waiting: Map<number, PromiseWithResolvers<unknown>>;
}

let helper: Helper | undefined;
let idle: NodeJS.Timeout | undefined;
let lastId = 0;

/**
 * Calls the function `name` of a module in the process aside. Arguments and result are copied (structured clone):
 * plain data only. Rejects with what the function threw, or when the process ended over it; the next call has a new one.
 */
export async function aside<Module, Name extends keyof Module & string>(
  url: URL,
  name: Name,
  ...args: Module[Name] extends (...args: infer Args) => unknown ? Args : never
): Promise<Module[Name] extends (...args: never) => infer Result ? Awaited<Result> : never> {
  clearTimeout(idle);
  const { child, waiting } = (helper ??= startHelper());
  const answer = Promise.withResolvers<unknown>();
  const id = ++lastId;
  waiting.set(id, answer);
  // Who waits for an answer has something to stay for; an idle helper keeps nobody.
  child.channel?.ref();
  const impatient = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS).unref();
  try {
    child.send({ id, module: url.href, name, args } satisfies Task, (error) => error && answer.reject(error));
    return (await answer.promise) as never;
  } finally {
    clearTimeout(impatient);
    waiting.delete(id);
    if (waiting.size === 0) {
      child.channel?.unref();
      clearTimeout(idle);
      idle = setTimeout(endAside, IDLE_MS).unref();
    }
  }
}

/** Lets the process go when nobody waits for it; sooner than by itself. */
export function endAside(): void {
  if (!helper || helper.waiting.size > 0) return;
  const { child } = helper;
  helper = undefined;
  // It ends when its channel does, ours included: none outlives the runtime.
  if (child.connected) child.disconnect();
}

function startHelper(): Helper {
  const child = fork(path.join(import.meta.dirname, "aside-process.ts"), {
    // All it needs; the database's password is none of its business.
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: compileCache() },
    // Code is compiled for V8's flags: with those of ours it finds what is kept. Not --inspect or a profiler's.
    execArgv: process.execArgv.filter((flag) => /^--(max-semi-space-size|optimize-for-size)/.test(flag)),
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.unref();
  const started: Helper = { child, waiting: new Map() };
  child.on("message", ({ id, result, error }: Answer) => {
    const answer = started.waiting.get(id);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(error as Error);
  });
  const lost = (error: Error): void => {
    if (helper === started) helper = undefined;
    for (const answer of started.waiting.values()) answer.reject(error);
  };
  child.on("error", lost);
  child.on("exit", (code, signal) =>
    lost(new Error(`the process that renders texts ended with ${signal ?? code} before it was through`)),
  );
  return started;
}

/** Where compiled code is kept, as NODE_COMPILE_CACHE takes it: Node appends a folder for its version. */
function compileCache(): string | undefined {
  const folder = module.getCompileCacheDir();
  return folder && path.dirname(folder);
}
