// How the sandbox command ends: the first signal asks for an orderly stop, a second one or the deadline end it by force.
// Knows what is being waited for, and says so; what there is to stop is told by run.ts.
import { constants } from "node:os";

/** Longer than everything may take that is stopped with patience: operator 15 s, sites 10 s, databases 20 s, requests 8 s. */
const DEADLINE_MS = 60_000;
/** How often a slow stop says what it waits for. */
const REMINDER_MS = 5_000;
/**
 * npm, and our own launcher on an old Node, hand on the Ctrl-C that the terminal has sent to all of them: one press of
 * the keys arrives twice.
 */
const ECHO_MS = 500;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

export interface StoppingOptions {
  /** Where words about a slow stop go. */
  readonly say: (text: string) => void;
  /** Ends by SIGKILL whatever was started; must not wait for anything. */
  readonly kill: () => void;
  readonly exit: (code: number) => void;
  readonly deadlineMs?: number;
  readonly reminderMs?: number;
}

interface Awaited {
  readonly what: string;
  detail?: string;
}

/** One stop of one command. */
export class Stopping {
  readonly #options: StoppingOptions;
  readonly #asked = new AbortController();
  readonly #waitingFor: Awaited[] = [];
  readonly #failures: string[] = [];
  readonly #listeners = new Map<Signal, () => void>();
  #askedAt = 0;
  #reminder: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: StoppingOptions) {
    this.#options = options;
  }

  /** Aborted when a stop has been asked for. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  /** What could not be stopped as it should. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Hears the signals from now on, until {@link done}. */
  listen(): void {
    for (const signal of SIGNALS) {
      const listener = (): void => this.ask(signal);
      this.#listeners.set(signal, listener);
      process.on(signal, listener);
    }
  }

  /** A signal has come: the first one begins the orderly stop, a later one ends everything at once. */
  ask(signal: Signal): void {
    const now = performance.now();
    if (!this.#asked.signal.aborted) {
      this.#askedAt = now;
      this.begin();
    } else if (now - this.#askedAt >= ECHO_MS) this.#force(128 + constants.signals[signal]);
  }

  /** Starts the clock of the stop, whoever asked for it. */
  begin(): void {
    if (this.#asked.signal.aborted) return;
    const { deadlineMs = DEADLINE_MS, reminderMs = REMINDER_MS, say } = this.#options;
    this.#asked.abort();
    this.#reminder = setInterval(
      () => say(`still waiting for ${this.#what()}; Ctrl-C again ends everything at once`),
      reminderMs,
    ).unref();
    // Not unref'd: a stop whose last await never settles must still come to this end.
    this.#deadline = setTimeout(() => {
      say(`not stopped within ${deadlineMs / 1000} s: gave up waiting for ${this.#what()}`);
      this.#force(1);
    }, deadlineMs);
  }

  /** Awaits something under the name it has in those words; `work` may tell how far it is. */
  async during<T>(what: string, work: (tell: (detail: string) => void) => Promise<T> | T): Promise<T> {
    const entry: Awaited = { what };
    this.#waitingFor.push(entry);
    try {
      return await work((detail) => void (entry.detail = detail));
    } finally {
      this.#waitingFor.splice(this.#waitingFor.indexOf(entry), 1);
    }
  }

  /** One step of the stop. A failing one is told and does not keep the next ones from being taken. */
  async step(what: string, stop: (tell: (detail: string) => void) => unknown): Promise<void> {
    try {
      await this.during(what, stop);
    } catch (error) {
      const failure = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      this.#failures.push(failure);
      this.#options.say(`could not stop ${failure}`);
    }
  }

  /** Resolves when a stop has been asked for. */
  async requested(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) =>
      this.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
  }

  /** Everything has stopped. */
  done(): void {
    clearInterval(this.#reminder);
    clearTimeout(this.#deadline);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    this.#listeners.clear();
  }

  #what(): string {
    const names = this.#waitingFor.map(({ what, detail }) => (detail ? `${what} (${detail})` : what));
    return names.join(", ") || "something without a name";
  }

  #force(code: number): void {
    this.done();
    this.#options.kill();
    this.#options.exit(code);
  }
}
