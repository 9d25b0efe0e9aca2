// A visitor over HTTP: keeps its cookies, follows nothing.
import { createHash } from "node:crypto";

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  /** As far as it was kept: pages are, of a large file only the beginning. */
  readonly text: string;
  /** Of all of it, in hexadecimal. */
  readonly sha256: string;
}

export interface Guest {
  get(url: string): Promise<Answer>;
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Answer>;
}

const ANSWERS_WITHIN_MS = 30_000;
const KEPT_BYTES = 4 * 1024 * 1024;

export interface GuestOptions {
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
  /** Where on this machine it listens; 127.0.0.1 when absent. */
  readonly host?: string;
}

/** A visitor of what listens on this port of the machine. */
export function guestOf(
  port: number,
  { signal, headers = {}, host = "127.0.0.1" }: GuestOptions = {},
): Guest {
  const cookies = new Map<string, string>();
  const ask = async (url: string, init: RequestInit): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const patience = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const response = await fetch(`http://${host.includes(":") ? `[${host}]` : host}:${port}${url}`, {
      ...init,
      redirect: "manual",
      headers: { ...headers, ...init.headers, ...(cookie && { cookie }) },
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    for (const given of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(given) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location") ?? undefined;
    return { status: response.status, location, ...(await read(response)) };
  };
  return {
    get: (url) => ask(url, {}),
    post: (url, fields) =>
      ask(url, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** A file may be larger than what this process should hold. */
async function read(response: Response): Promise<Pick<Answer, "text" | "sha256">> {
  const hash = createHash("sha256");
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    if (bytes < KEPT_BYTES) kept.push(chunk);
    bytes += chunk.length;
  }
  return { text: Buffer.concat(kept).toString(), sha256: hash.digest("hex") };
}
