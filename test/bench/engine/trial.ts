// One contender, once through all phases, in a namespace of its own.
import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api.ts";
import type { Counts } from "./counters.ts";
import { nameOf, nowMs, type Place, textOf } from "./place.ts";
import { Contender } from "./process.ts";
import { Site } from "./site.ts";

/** What one trial tells. Times in milliseconds, memory in MB. */
export interface Trial {
  /** From the start of the process until the last ConfigMap exists. */
  readonly startMs: number;
  /** ConfigMaps per second, from the first reconcile entered (floor: told to fire) to the last ConfigMap. */
  readonly startRate: number;
  readonly startRequests: number;
  /** Until the last ConfigMap has followed, counted from the first change (floor: and the last change is made). */
  readonly changeMs: number;
  readonly changeRate: number;
  readonly changeRequests: number;
  readonly changeWrites: number;
  readonly changeRuns: number;
  readonly changeCpuMs: number;
  /** Of the API server's process, the changes from outside included. */
  readonly changeServerCpuMs: number;
  readonly connections: number;
  readonly rssMb: number;
  readonly rssPeakMb: number;
  /** Of each idle edit: from its event at the bench's own watch until the reconcile was entered. */
  readonly enteredMs: readonly number[];
  /** Of each idle edit: from the sending of the request to the event of the changed ConfigMap. */
  readonly writtenMs: readonly number[];
  /** Writes of a second process that finds everything done. */
  readonly steadyWrites: number;
}

export interface TrialOptions {
  readonly api: Api;
  readonly kubeconfig: string;
  readonly peers: string;
  readonly objects: number;
  readonly edits: number;
  readonly concurrency: number;
  readonly patienceMs: number;
  readonly flags: string[];
  readonly env: NodeJS.ProcessEnv;
  counts(): Promise<Counts>;
  serverCpuMs(): number;
}

/** So many looks in a row, each after an answer of the contender, without a new request: it has come to rest. */
const PAUSE_LOOKS = 8;
/** The same before it is said that nothing at all was written. */
const QUIET_LOOKS = 25;
const LOOK_MS = 40;

/** Waits until the contender asks nothing more. */
async function rest(
  contender: Contender,
  counts: () => Promise<Counts>,
  patienceMs: number,
  looks = PAUSE_LOOKS,
): Promise<Counts> {
  const deadline = nowMs() + patienceMs;
  let last = await counts();
  for (let quiet = 0; quiet < looks && nowMs() < deadline;) {
    await sleep(LOOK_MS);
    // A process that is too busy to send requests is too busy to answer: it is not at rest.
    await contender.runs();
    const now = await counts();
    quiet = now.requests === last.requests ? quiet + 1 : 0;
    last = now;
  }
  return last;
}

export async function trial(name: string, options: TrialOptions): Promise<Trial> {
  const { api, objects, edits, patienceMs, flags, env, counts } = options;
  const { kubeconfig, concurrency, peers } = options;
  const isFloor = name === "floor";
  const site = await Site.make(api, objects);
  const place: Place = { kubeconfig, namespace: site.namespace, concurrency, peers };
  const before = await counts();
  const startedMs = nowMs();
  let contender = new Contender(name, place, { flags, env });
  try {
    await contender.up();
    const upMs = nowMs();
    if (isFloor) await contender.fire(0);
    const startLastMs = await site.follow(0, patienceMs, contender.ended);
    const started = await rest(contender, counts, patienceMs);
    // Not from the first ConfigMap: who enters all reconciles at once makes the first write late and the rest in a burst.
    const firstMs = isFloor ? upMs : Math.min(...(await contender.marks()).map(([, atMs]) => atMs));
    const [runs, cpu, serverCpu] = [await contender.runs(), contender.cpuMs(), options.serverCpuMs()];

    const changedMs = nowMs();
    // The floor hears of no change: it fires while the Widgets change. With more requests under way than the changes it
    // is through long before them, which nobody can be who waits for what is declared: it has ended when both have.
    const [followedMs, allChangedMs] = await Promise.all([
      site.follow(1, patienceMs, contender.ended),
      site.changeAll(1).then(nowMs),
      isFloor ? contender.fire(1) : undefined,
    ]);
    const changeLastMs = isFloor ? Math.max(followedMs, allChangedMs) : followedMs;
    const changed = await rest(contender, counts, patienceMs);
    const changeCpuMs = contender.cpuMs() - cpu;
    const changeServerCpuMs = options.serverCpuMs() - serverCpu;
    const changeRuns = (await contender.runs()) - runs;
    const memory = contender.memoryMb();
    const idle = isFloor
      ? { enteredMs: [], writtenMs: [] }
      : await editOneByOne(contender, site, edits, patienceMs);

    let steadyWrites = 0;
    if (!isFloor) {
      await contender.stop();
      const stopped = await counts();
      contender = new Contender(name, place, { flags, env });
      await contender.up();
      const deadline = nowMs() + patienceMs;
      while ((await contender.runs()) < objects) {
        if (nowMs() > deadline) throw new Error("started again, it did not look at every object");
        await sleep(20);
      }
      steadyWrites = (await rest(contender, counts, patienceMs, QUIET_LOOKS)).writes - stopped.writes;
    }
    return {
      startMs: startLastMs - (isFloor ? upMs : startedMs),
      startRate: (objects * 1000) / (startLastMs - firstMs),
      startRequests: started.requests - before.requests,
      changeMs: changeLastMs - changedMs,
      changeRate: (objects * 1000) / (changeLastMs - changedMs),
      changeRequests: changed.requests - started.requests,
      changeWrites: changed.writes - started.writes,
      changeRuns,
      changeCpuMs,
      changeServerCpuMs,
      connections: changed.connections - before.connections,
      rssMb: memory.now,
      rssPeakMb: memory.peak,
      ...idle,
      steadyWrites,
    };
  } finally {
    await contender.stop();
    await site.remove();
  }
}

/** Edits while nothing else happens, each after the one before has arrived. */
async function editOneByOne(
  contender: Contender,
  site: Site,
  edits: number,
  patienceMs: number,
): Promise<{ enteredMs: number[]; writtenMs: number[] }> {
  await contender.marks();
  const [eventMs, writtenMs] = [new Map<string, number>(), [] as number[]];
  for (let n = 0; n < edits; n++) {
    const at = n % site.objects;
    const [name, version] = [nameOf(at), 2 + Math.floor(n / site.objects)];
    const text = textOf(name, version);
    const sentMs = await site.change(at, version);
    writtenMs.push((await site.configMaps.text(name, text, patienceMs)) - sentMs);
    eventMs.set(text, await site.widgets.text(name, text, patienceMs));
    // Not in step with any timer of the contender.
    await sleep(10 + Math.random() * 20);
  }
  const enteredMs: number[] = [];
  for (const [text, atMs] of await contender.marks()) {
    const event = eventMs.get(text);
    // The first run that saw the edit counts; later ones are of no interest.
    if (event !== undefined) enteredMs.push(atMs - event);
    eventMs.delete(text);
  }
  return { enteredMs, writtenMs };
}
