// Reading container logs for `kubectl logs`: tail, since, limits, timestamps, follow.
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { PodLogOptions } from "../cluster.ts";
import type { ContainerLog } from "./container-log.ts";

const chunkBytes = 64 * 1024;

/** One stored line: its time, and its text without the head the kubelet format puts before it. */
function parseLine(line: string): { time: string; text: string } {
  const [time = "", , , ...rest] = line.split(" ");
  return { time, text: rest.join(" ") };
}

const shown = (line: string, timestamps: boolean | undefined): string => {
  const { time, text } = parseLine(line);
  return timestamps === true ? `${time} ${text}\n` : `${text}\n`;
};

function startOf({ sinceSeconds, sinceTime }: PodLogOptions): number {
  if (sinceSeconds !== undefined) return Date.now() - sinceSeconds * 1000;
  return sinceTime === undefined ? -Infinity : Date.parse(sinceTime);
}

/** Reads whole lines of a file from where it stands; a half line waits for its end. */
class LineCursor {
  #file: number;
  #at = 0;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#file = openSync(path, "r");
  }

  next(): string[] {
    const pieces = [this.#rest];
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      const count = readSync(this.#file, buffer, 0, chunkBytes, this.#at);
      if (count === 0) break;
      pieces.push(Buffer.from(buffer.subarray(0, count)));
      this.#at += count;
    }
    const all = Buffer.concat(pieces);
    const end = all.lastIndexOf(10) + 1;
    this.#rest = all.subarray(end);
    return end === 0 ? [] : all.toString("utf8", 0, end - 1).split("\n");
  }

  get inode(): number {
    return fstatSync(this.#file).ino;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The log file at `path`; `live` is its writer while the container runs, for `follow`. */
export async function* readLog(
  path: string,
  live: ContainerLog | undefined,
  options: PodLogOptions,
): AsyncGenerator<Uint8Array> {
  const since = startOf(options);
  let left = options.limitBytes ?? Infinity;
  const cut = (lines: readonly string[]): Uint8Array => {
    const wanted =
      since === -Infinity ? lines : lines.filter((line) => Date.parse(parseLine(line).time) >= since);
    const bytes = Buffer.from(wanted.map((line) => shown(line, options.timestamps)).join(""));
    const kept = bytes.subarray(0, Math.min(bytes.length, left));
    left -= kept.length;
    return kept;
  };

  if (!existsSync(path)) return;
  const older = existsSync(`${path}.1`) ? readFileSync(`${path}.1`, "utf8").split("\n").slice(0, -1) : [];
  let cursor = new LineCursor(path);
  try {
    const lines = [...older, ...cursor.next()];
    const tail =
      options.tailLines === undefined
        ? lines
        : options.tailLines === 0
          ? []
          : lines.slice(-options.tailLines);
    const first = cut(tail);
    if (first.length > 0) yield first;
    if (options.follow !== true || live === undefined) return;
    for await (const _change of changesOf(live, options.signal)) {
      let bytes = cut(cursor.next());
      if (bytes.length > 0) yield bytes;
      const renewed = new LineCursor(path);
      if (renewed.inode === cursor.inode) {
        renewed.close();
      } else {
        // Rotated: the old file is read to its end above, the new one from its beginning.
        cursor.close();
        cursor = renewed;
        bytes = cut(cursor.next());
        if (bytes.length > 0) yield bytes;
      }
      if (left <= 0) return;
    }
  } finally {
    cursor.close();
  }
}

/** Yields once per burst of changes, a last time at the end of the log; ends when the reader has gone. */
async function* changesOf(live: ContainerLog, signal: AbortSignal): AsyncGenerator<undefined> {
  let wake: () => void = () => undefined;
  let dirty = true;
  const poke = (): void => {
    dirty = true;
    wake();
  };
  const off = live.onChange(poke);
  signal.addEventListener("abort", poke);
  try {
    while (!signal.aborted) {
      if (dirty) {
        dirty = false;
        const last = live.ended;
        yield undefined;
        if (last) return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    off();
    signal.removeEventListener("abort", poke);
  }
}
