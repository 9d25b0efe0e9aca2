// What a process holds, told from outside: heap after a forced collection (V8's inspector), memory, descriptors and
// sockets (/proc).
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Gauges {
  /** Live JavaScript objects after a full collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly descriptors: number;
  readonly sockets: number;
}

/** Reads all gauges of a process that was started with `--inspect=0`. */
export async function gaugesOf(pid: number, inspector: string): Promise<Gauges> {
  const heapBytes = await heapAfterCollection(inspector);
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // Closed meanwhile.
      return "";
    }
  });
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return {
    heapBytes,
    rssBytes: Number(rss) * 1024,
    descriptors: links.filter((link) => link !== "").length,
    sockets: links.filter((link) => link.startsWith("socket:")).length,
  };
}

/** One conversation in the Chrome DevTools protocol; the connection does not outlive it, so it is in no gauge. */
async function heapAfterCollection(inspector: string): Promise<number> {
  const socket = new WebSocket(inspector);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  try {
    // Twice: what finalizers let go in the first goes in the second.
    await ask(socket, 1, "HeapProfiler.collectGarbage");
    await ask(socket, 2, "HeapProfiler.collectGarbage");
    const { usedSize } = (await ask(socket, 3, "Runtime.getHeapUsage")) as { usedSize: number };
    return usedSize;
  } finally {
    await new Promise((resolve) => {
      socket.addEventListener("close", resolve, { once: true });
      socket.close();
    });
  }
}

function ask(socket: WebSocket, id: number, method: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const answer = JSON.parse(String(data)) as {
        id?: number;
        result?: unknown;
        error?: { message: string };
      };
      if (answer.id !== id) return;
      socket.removeEventListener("message", onMessage);
      if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
      else resolve(answer.result);
    };
    socket.addEventListener("message", onMessage);
    socket.send(JSON.stringify({ id, method }));
  });
}
