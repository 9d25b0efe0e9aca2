// A run as a process: signals, the log, and a report whatever happens.
import { readFileSync } from "node:fs";
import path from "node:path";
import { destination, type Logger, pino } from "pino";
import { writeReport } from "./report.ts";

/** A pod has 30 s to stop; what does not heed the abort by then is left behind. */
const STOP_WITHIN_MS = 5_000;

export interface ProcessRun<Report extends { readonly ok: boolean }> {
  /** Variable that names the file for the report. */
  readonly reportVariable: string;
  /** What the log says of a run that failed. */
  readonly failed: string;
  /** Never rejects. */
  run(context: { log: Logger; version: string; signal: AbortSignal }): Promise<Report>;
  /** The report of a run that something else ended. */
  broken(error: unknown, signal: AbortSignal): Report;
  /** The report as JSON, in as many bytes as whoever reads it takes. */
  text(report: Report): string;
}

/** package.json's; the one of main.ts would come with the whole runtime. */
const version = (): string =>
  (
    JSON.parse(readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8")) as {
      version: string;
    }
  ).version;

/** Carries out a run and ends the process: 0 when it went well, 1 when it did not. */
export async function runAsProcess<Report extends { readonly ok: boolean }>(
  env: NodeJS.ProcessEnv,
  { reportVariable, failed, run, broken, text }: ProcessRun<Report>,
): Promise<never> {
  const log = pino(
    {
      base: { version: version() },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 1, sync: true }),
  );
  const stop = new AbortController();
  let told = false;

  /** Everything in here is synchronous: it is the last thing the process does. */
  const tell = (report: Report): void => {
    if (told) return;
    told = true;
    process.exitCode = report.ok ? 0 : 1;
    if (report.ok) log.info({ report }, "done");
    else log.error({ report }, failed);
    const file = env[reportVariable];
    if (!file) return;
    try {
      writeReport(file, text(report));
    } catch (error) {
      // Whoever waits for the report must not take its absence for success.
      process.exitCode = 1;
      log.fatal({ err: error }, `${reportVariable} is "${file}", which cannot be written`);
    }
  };
  const end = (report: Report): never => {
    tell(report);
    process.exit();
  };

  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => {
      log.fatal({ err: error }, "an error nobody handled");
      end(broken(error, stop.signal));
    });
  // Nothing left to wait for, and no answer: Node would end without a word.
  process.on("exit", () =>
    tell(broken(new Error("the run ended without a result: this is a fault of ours"), stop.signal)),
  );
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, "stopping");
      stop.abort(new Error(signal));
      setTimeout(() => end(broken(stop.signal.reason, stop.signal)), STOP_WITHIN_MS).unref();
    });
  return end(await run({ log, version: version(), signal: stop.signal }));
}
