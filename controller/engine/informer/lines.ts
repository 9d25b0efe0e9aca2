// Splits a byte stream into lines, wherever the network cut it: in a line, in a character, in the newline's absence.

const NEWLINE = 0x0a;
/** etcd refuses objects above 1.5 MB; a line beyond this is not a watch event. */
const LONGEST_LINE_BYTES = 64 * 1024 * 1024;

/** Feeds on chunks, gives complete lines. */
export class LineSplitter {
  #parts: Buffer[] = [];
  #partBytes = 0;

  /** The lines that this chunk completes, without their newline; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#take(chunk.subarray(start, end));
      if (line.trim() !== "") lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** Bytes of an unfinished line. */
  get pendingBytes(): number {
    return this.#partBytes;
  }

  #take(last: Buffer): string {
    if (this.#parts.length === 0) return last.toString("utf8");
    const whole = Buffer.concat([...this.#parts, last]).toString("utf8");
    this.#parts = [];
    this.#partBytes = 0;
    return whole;
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > LONGEST_LINE_BYTES)
      throw new RangeError(`watch: a line of more than ${LONGEST_LINE_BYTES} bytes`);
    this.#parts.push(part);
  }
}
