// The log of one container: stdout and stderr, line by line with the time, in files as a kubelet keeps them
// (`<restart>.log`, rotated once to `<restart>.log.1`). Reading them for the API is in log-reader.ts.
import { EventEmitter } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

export type LogStream = "stdout" | "stderr";

const rotateBytes = 4 * 1024 * 1024;
/** A line longer than this is cut: a program that never writes a newline must not fill the memory. */
const longestLine = 256 * 1024;

/** The file of a container's n-th run. */
export const logPath = (folder: string, restart: number): string => join(folder, `${restart}.log`);

export class ContainerLog {
  readonly path: string;
  readonly #changes = new EventEmitter();
  readonly #partial: Record<LogStream, string> = { stdout: "", stderr: "" };
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #file: number;
  #bytes: number;
  #ended = false;

  constructor(folder: string, restart: number) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = logPath(folder, restart);
    this.#file = openSync(this.path, "a", 0o600);
    this.#bytes = statSync(this.path).size;
    this.#changes.setMaxListeners(0);
    // One run before this one is kept, as `kubectl logs --previous` promises.
    for (let old = restart - 2; old >= 0 && existsSync(logPath(folder, old)); old -= 1) {
      rmSync(logPath(folder, old), { force: true });
      rmSync(`${logPath(folder, old)}.1`, { force: true });
    }
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Takes output as it comes and writes the complete lines of it. */
  write(chunk: Buffer, stream: LogStream): void {
    const text = this.#partial[stream] + this.#decoders[stream].decode(chunk, { stream: true });
    const lines = text.split("\n");
    let rest = lines.pop() ?? "";
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = "";
    }
    this.#partial[stream] = rest;
    this.#append(lines, stream);
  }

  /** A line of the sandbox's own in the container's log. */
  line(text: string): void {
    this.#append(text.split("\n"), "stderr");
  }

  /** No more output will come: an unfinished last line is written as it is. */
  end(): void {
    if (this.#ended) return;
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#partial[stream] !== "") this.#append([this.#partial[stream]], stream);
    }
    this.#ended = true;
    closeSync(this.#file);
    this.#changes.emit("change");
  }

  /** Calls back after each addition, rotation and the end. */
  onChange(listener: () => void): () => void {
    this.#changes.on("change", listener);
    return () => this.#changes.off("change", listener);
  }

  #append(lines: readonly string[], stream: LogStream): void {
    if (lines.length === 0 || this.#ended) return;
    const head = `${new Date().toISOString().replace("Z", "000000Z")} ${stream} F `;
    const bytes = Buffer.from(lines.map((line) => `${head}${line}\n`).join(""));
    if (this.#bytes > rotateBytes) this.#rotate();
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    this.#bytes += bytes.length;
    this.#changes.emit("change");
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.path, `${this.path}.1`);
    this.#file = openSync(this.path, "a", 0o600);
    this.#bytes = 0;
  }
}
