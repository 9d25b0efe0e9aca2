// What the load generator is told and what it tells: types, and the process seen from outside.
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** Somebody signed in. */
export interface Signed {
  readonly cookie: string;
  readonly csrf: string;
  /** Courses this learner is in. */
  readonly courses: readonly string[];
}

/** What every worker does again and again. `marker` must stand in what comes back. */
export type Work =
  | { readonly kind: "page"; readonly paths: readonly string[]; readonly marker: string }
  /** As `page`, each learner at a course of their own: `{course}` in the path is replaced. */
  | { readonly kind: "own page"; readonly path: string; readonly marker: string }
  | { readonly kind: "sign in"; readonly people: readonly (readonly [name: string, password: string])[] }
  /** Start, read the questions, hand in with these answers. */
  | {
      readonly kind: "attempt";
      readonly quiz: string;
      readonly answers: readonly (readonly [string, string])[];
    };

export interface Job {
  readonly base: string;
  readonly work: Work;
  readonly people: readonly Signed[];
  readonly connections: number;
  readonly ms: number;
  /** Ends earlier when so many operations are done. */
  readonly most: number;
}

export interface Load {
  readonly operations: number;
  readonly ms: number;
  /** Of each operation. */
  readonly latenciesMs: readonly number[];
  /** Of the last page, unpacked. */
  readonly bytes: number;
  /** What was wrong with answers; empty when all were right. At most five. */
  readonly wrong: readonly string[];
}

export interface Loader {
  run(job: Job): Promise<Load>;
  stop(): void;
}

/** Requests made at once per operation. */
export const requestsOf = (work: Work): number => (work.kind === "attempt" ? 3 : 1);

/** The load generator, in a process of its own so that its time is not counted as the site's. */
export function startLoader(): Loader {
  const child = fork(path.join(import.meta.dirname, "loader.ts"), { stdio: "inherit" });
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the load generator ended")));
  // Only of interest while somebody waits for a load.
  ended.catch(() => {});
  return {
    async run(job) {
      const answer = once(child, "message") as Promise<[Load]>;
      child.send(job);
      return (await Promise.race([answer, ended]))[0];
    },
    stop: () => void child.disconnect(),
  };
}
