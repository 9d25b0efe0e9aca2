// `npm run bench:start`: from `provost sandbox -f examples/quickstart` to a signed-in page, cold and warm, and from
// `kubectl apply` of a changed title to the changed page.
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "./percentile.ts";
import { textOf, Visitor } from "../scenario/visitor.ts";
import { TestCluster } from "../support/cluster.ts";
import { copyQuickstart, courseKey, type Quickstart } from "../support/quickstart.ts";
import { dataFolder, freePort, type ReadyEvent, SandboxProcess } from "../support/sandbox-process.ts";

const HELP = `bench:start: how long a newcomer waits

  npm run bench:start [-- --rounds N] [--changes N] [--output json]

  --rounds N     cold and warm starts (default 3)
  --changes N    titles changed (default 40)

Keys of the JSON object, all in seconds:
  cold           median from the command to the dashboard of a signed-in learner, empty data folder
  warm           the same with the data folder of an earlier run
  stop           median from Ctrl-C to the end of the last process
  change_p50     median from the apply request to the page with the new title
  change_p95     95th percentile of it
  targets        what each should stay under
  ratios         measured / target; below 1 is good`;

const TARGETS = { cold: 15, warm: 5, change_p95: 1 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    changes: { type: "string", default: "40" },
    output: { type: "string", default: "text" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

const seconds = (since: number): number => (performance.now() - since) / 1000;

interface Started {
  readonly sandbox: SandboxProcess;
  readonly ready: ReadyEvent;
  readonly took: number;
}

/** Starts, signs in as the learner, and has the dashboard on the screen. */
async function start(quickstart: Quickstart, data: string, port: number): Promise<Started> {
  const startedAt = performance.now();
  const sandbox = new SandboxProcess({ data, files: [quickstart.folder], args: ["--port", String(port)] });
  const ready = await sandbox.ready();
  const user = quickstart.member("learner");
  const visitor = new Visitor(ready.sites[0]?.url ?? "");
  const page = await visitor.signIn(
    user,
    ready.accounts.find((account) => account.user === user)?.password ?? "",
  );
  if (page.path !== "/dashboard") throw new Error(`signing in led to ${page.path}`);
  const took = seconds(startedAt);
  await visitor.close();
  return { sandbox, ready, took };
}

/** Changes the title of a course again and again; seconds until the page shows it, for each. */
async function changes(quickstart: Quickstart, ready: ReadyEvent, count: number): Promise<number[]> {
  const [course] = quickstart.courses;
  if (!course) throw new Error("the quickstart has no course");
  const cluster = await TestCluster.connect(ready.kubeconfig);
  const visitor = new Visitor(ready.sites[0]?.url ?? "");
  const took: number[] = [];
  for (let i = 1; i <= count; i++) {
    const title = `${course.spec.title} ${i}`;
    const changedAt = performance.now();
    await cluster.apply({ ...course, spec: { ...course.spec, title } });
    while (!textOf((await visitor.get(`/courses/${courseKey(course)}`)).html).includes(`${title} `))
      await sleep(5);
    took.push(seconds(changedAt));
    await sleep(100);
  }
  await visitor.close();
  return took;
}

const quickstart = await copyQuickstart();
const port = await freePort();
const cold: number[] = [];
const warm: number[] = [];
const stop: number[] = [];
let change: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const data = await dataFolder();
  for (const into of [cold, warm]) {
    const { sandbox, ready, took } = await start(quickstart, data.path, port);
    into.push(took);
    if (round === 0 && into === warm) change = await changes(quickstart, ready, Number(values.changes));
    const stoppedAt = performance.now();
    await sandbox.stop();
    stop.push(seconds(stoppedAt));
  }
  await data.remove();
}
await quickstart.remove();

const measured = {
  cold: percentile(cold, 0.5),
  warm: percentile(warm, 0.5),
  stop: percentile(stop, 0.5),
  change_p50: percentile(change, 0.5),
  change_p95: percentile(change, 0.95),
};
const ratios = Object.fromEntries(
  Object.entries(TARGETS).map(([name, target]) => [name, measured[name as keyof typeof TARGETS] / target]),
);
if (values.output === "json") console.log(JSON.stringify({ ...measured, targets: TARGETS, ratios }));
else {
  console.log("what                                        seconds   target   ratio");
  const rows: readonly [string, keyof typeof measured][] = [
    ["cold start to a signed-in page", "cold"],
    ["warm start to a signed-in page", "warm"],
    ["Ctrl-C to the end of the last process", "stop"],
    ["changed title to changed page, median", "change_p50"],
    ["changed title to changed page, p95", "change_p95"],
  ];
  for (const [label, key] of rows) {
    const target = key in TARGETS ? TARGETS[key as keyof typeof TARGETS] : undefined;
    const ratio = ratios[key];
    console.log(
      `${label.padEnd(42)} ${measured[key].toFixed(2).padStart(8)} ${(target?.toFixed(0) ?? "").padStart(8)} ${(ratio?.toFixed(2) ?? "").padStart(7)}`,
    );
  }
}
