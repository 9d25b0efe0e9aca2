// The load generator: `connections` workers, each with one request at a time, every answer checked. Loopback only.
import { Pool } from "undici";
import type { Job, Load, Signed, Work } from "./load.ts";

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly setCookie: string;
  readonly text: string;
}

const MOST_WRONG = 5;

async function run(job: Job): Promise<Load> {
  if (!/^(127\.|localhost$)/.test(new URL(job.base).hostname))
    throw new Error(`${job.base} is not on this machine: this bench loads loopback addresses only`);
  const pool = new Pool(job.base, { connections: job.connections, pipelining: 1 });
  const latenciesMs: number[] = [];
  const wrong: string[] = [];
  let bytes = 0;
  let begun = 0;

  async function ask(path: string, cookie: string | undefined, form?: URLSearchParams): Promise<Answer> {
    const { statusCode, headers, body } = await pool.request({
      path,
      method: form ? "POST" : "GET",
      headers: {
        ...(cookie !== undefined && { cookie }),
        ...(form && { "content-type": "application/x-www-form-urlencoded", origin: job.base }),
      },
      ...(form && { body: form.toString() }),
    });
    const text = await body.text();
    bytes = text.length;
    return {
      status: statusCode,
      location: String(headers.location ?? ""),
      setCookie: String(headers["set-cookie"] ?? ""),
      text,
    };
  }

  const startedAt = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - startedAt < job.ms && begun < job.most && wrong.length < MOST_WRONG) {
      const n = begun++;
      const at = performance.now();
      const fault = await operation(job.work, job.people[n % job.people.length], n, ask);
      if (fault === undefined) latenciesMs.push(performance.now() - at);
      else wrong.push(fault);
    }
  };
  await Promise.all(Array.from({ length: job.connections }, worker));
  const ms = performance.now() - startedAt;
  await pool.close();
  return { operations: latenciesMs.length, ms, latenciesMs, bytes, wrong };
}

type Ask = (path: string, cookie: string | undefined, form?: URLSearchParams) => Promise<Answer>;

/** One operation; what was wrong with its answers, if anything. */
async function operation(
  work: Work,
  person: Signed | undefined,
  n: number,
  ask: Ask,
): Promise<string | undefined> {
  if (work.kind === "sign in") {
    const [name = "", password = ""] = work.people[n % work.people.length] ?? [];
    const answer = await ask("/sign-in", undefined, new URLSearchParams({ nameOrEmail: name, password }));
    if (answer.status === 303 && answer.location === "/dashboard" && answer.setCookie.includes("session="))
      return undefined;
    return `sign-in of ${name}: HTTP ${answer.status} to "${answer.location}"`;
  }
  if (!person) throw new Error("nobody is signed in");
  if (work.kind === "attempt") return attempt(work, person, ask);
  const path =
    work.kind === "page"
      ? (work.paths[n % work.paths.length] ?? "/")
      : work.path.replace("{course}", person.courses[n % person.courses.length] ?? "");
  const answer = await ask(path, person.cookie);
  if (answer.status === 200 && answer.text.includes(work.marker)) return undefined;
  return `${path}: HTTP ${answer.status}, ${answer.text.includes(work.marker) ? "with" : "without"} "${work.marker}"`;
}

async function attempt(
  { quiz, answers }: Extract<Work, { kind: "attempt" }>,
  person: Signed,
  ask: Ask,
): Promise<string | undefined> {
  const path = quiz.replace("{course}", person.courses[0] ?? "");
  const start = new URLSearchParams({ csrf: person.csrf });
  const started = await ask(`${path}/attempt/start`, person.cookie, start);
  if (started.status !== 303 || started.location !== `${path}/attempt`)
    return `${path}/attempt/start: HTTP ${started.status} to "${started.location}"`;
  const page = await ask(started.location, person.cookie);
  const id = /name="attempt" value="(\d+)"/.exec(page.text)?.[1];
  if (page.status !== 200 || id === undefined)
    return `${path}/attempt: HTTP ${page.status} without an attempt`;
  const form = new URLSearchParams([
    ["csrf", person.csrf],
    ["attempt", id],
    ...answers.map((pair) => [...pair]),
  ]);
  const handedIn = await ask(`${path}/attempt/submit`, person.cookie, form);
  if (handedIn.status === 303 && handedIn.location === `/attempts/${id}`) return undefined;
  return `${path}/attempt/submit: HTTP ${handedIn.status} to "${handedIn.location}"`;
}

process.on("message", (job: Job) => {
  void run(job).then(
    (load) => process.send?.(load),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
