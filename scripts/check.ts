// `npm run check`: everything that should hold before a commit, side by side where that saves time.
import { spawn } from "node:child_process";

const steps: readonly (readonly [string, string])[] = [
  ["types", "typecheck"],
  ["generated files", "generate:check"],
  ["arrows", "lint:arrows"],
  ["lint", "lint"],
  ["unit", "unit"],
];

interface Outcome {
  readonly name: string;
  readonly code: number;
  readonly output: string;
  readonly seconds: string;
}

async function run(name: string, script: string): Promise<Outcome> {
  const startedAt = performance.now();
  const child = spawn("npm", ["run", "--silent", script], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));
  return { name, code, output, seconds: ((performance.now() - startedAt) / 1000).toFixed(1) };
}

const outcomes = await Promise.all(steps.map(([name, script]) => run(name, script)));
for (const { name, code, seconds } of outcomes)
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
for (const { name, code, output } of outcomes) if (code !== 0) console.log(`\n--- ${name}\n${output}`);
process.exitCode = outcomes.some(({ code }) => code !== 0) ? 1 : 0;
