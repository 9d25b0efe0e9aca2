// Writing files so that a crash leaves the old or the new content, never half of one.
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** Replaces `path` by `content` in one step. */
export function writeWhole(path: string, content: string | Uint8Array, mode: number, sync = false): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, "w", mode);
  try {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fchmodSync(file, mode);
    if (sync) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
