// Shows how declared objects come true: a redrawn list on a terminal, one line per change elsewhere.
import { styleText } from "node:util";
import type { ObjectState } from "./readiness.ts";

/** Where progress goes; `silent` for scripts that read stdout. */
export type ProgressStyle = "terminal" | "lines" | "silent";

export class Progress {
  readonly #style: ProgressStyle;
  readonly #startedAt = performance.now();
  readonly #states = new Map<string, ObjectState>();
  #drawn = 0;
  #closed = false;

  constructor(style: ProgressStyle) {
    this.#style = style;
  }

  /** One sentence about what is going on, above the list. */
  note(text: string): void {
    if (this.#style === "silent") return;
    this.#erase();
    process.stderr.write(`${this.#clock()} ${text}\n`);
    this.#draw();
  }

  /** A sentence that is told whatever the style: something is not as it should be. */
  warn(text: string): void {
    this.#erase();
    process.stderr.write(this.#style === "silent" ? `provost: ${text}\n` : `${this.#clock()} ${text}\n`);
    this.#draw();
  }

  /** Says which of the objects with these ids are still awaited, each with its reason in full. */
  remind(wanted: ReadonlySet<string>): void {
    const waiting = [...wanted].flatMap((id) => {
      const state = this.#states.get(id);
      return state === undefined
        ? [`  … ${id.split("/")[0]} ${id.split("/").slice(1).join("/")} is not there (deleted?)`]
        : state.ready
          ? []
          : [line(state, false)];
    });
    this.warn(
      waiting.length === 0
        ? "everything is Ready; still waiting for the sites to answer"
        : [`still waiting for ${waiting.length} of ${wanted.size} objects:`, ...waiting].join("\n"),
    );
  }

  update(state: ObjectState, deleted = false): void {
    const before = this.#states.get(state.id);
    if (deleted) this.#states.delete(state.id);
    else this.#states.set(state.id, state);
    if (this.#closed || this.#style === "silent") return;
    if (this.#style === "terminal") {
      this.#erase();
      this.#draw();
    } else if (
      before?.reason !== state.reason ||
      before.message !== state.message ||
      before.ready !== state.ready
    )
      process.stderr.write(`${this.#clock()} ${line(state, false)}\n`);
  }

  /** Leaves the list as it stands; later updates are not drawn. */
  close(): void {
    this.#closed = true;
    this.#drawn = 0;
  }

  #clock(): string {
    return styleText("dim", `${((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(5)}s`, {
      stream: process.stderr,
    });
  }

  #draw(): void {
    if (this.#style !== "terminal" || this.#closed) return;
    const width = (process.stderr.columns ?? 100) - 1;
    for (const state of this.#states.values()) {
      process.stderr.write(`${line(state, true, width)}\n`);
      this.#drawn++;
    }
  }

  #erase(): void {
    if (this.#drawn > 0) process.stderr.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}

function line(state: ObjectState, color: boolean, width = Infinity): string {
  const mark = state.ready ? "✔" : state.stalled ? "✘" : "…";
  const tone = state.ready ? "green" : state.stalled ? "red" : "yellow";
  const what = `${state.kind} ${state.namespace}/${state.name}`.padEnd(42);
  const text = `${what} ${state.reason}: ${state.message}`.replaceAll("\n", " ").slice(0, width - 4);
  return `  ${color ? styleText(tone, mark, { stream: process.stderr }) : mark} ${text}`;
}
