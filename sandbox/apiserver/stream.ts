// Lines to a client that may read slowly: what it has not taken waits as shared text, up to a limit.
import type { ServerResponse } from "node:http";

/** A client this far behind is cut off: it resumes from its last resourceVersion, or lists again. */
const maxWaitingChars = 16 * 1024 * 1024;

export class LineStream {
  readonly #response: ServerResponse;
  #waiting: string[] = [];
  #waitingChars = 0;
  #blocked = false;
  #scheduled = false;
  #ending = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on("drain", () => {
      this.#blocked = false;
      this.#flush();
    });
  }

  /** False when the client has fallen too far behind and was cut off. */
  push(line: string): boolean {
    if (this.#ending || this.#response.destroyed) return false;
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (this.#blocked && this.#waitingChars > maxWaitingChars) {
      this.#waiting = [];
      this.#response.destroy();
      return false;
    }
    // One packet for all lines of one turn of the event loop.
    if (!this.#scheduled && !this.#blocked) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
    return true;
  }

  /** Sends what waits, then ends the response. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#flush();
  }

  #flush(): void {
    if (this.#response.destroyed || this.#blocked) return;
    if (this.#waiting.length > 0) {
      const text = this.#waiting.join("");
      this.#waiting = [];
      this.#waitingChars = 0;
      this.#blocked = !this.#response.write(text);
    }
    if (this.#ending) this.#response.end();
  }
}
