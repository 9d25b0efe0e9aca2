// Whether the sites of a sandbox can be opened: asked as a browser asks, through the gateway.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";

const PAUSE_MS = 50;

/**
 * Resolves when every address answers with something other than a server error, or when `signal` is aborted. After a
 * restart the status of an object still says Ready from the time before, while its pods are only starting.
 */
export async function sitesAnswer(urls: readonly string[], signal: AbortSignal): Promise<void> {
  const agent = new Agent();
  try {
    await Promise.all(urls.map((url) => answers(url, agent, signal)));
  } finally {
    await agent.destroy();
  }
}

async function answers(url: string, agent: Agent, signal: AbortSignal): Promise<void> {
  // Resolvers need not know *.localhost, but the gateway listens on this machine anyway.
  const { host, port } = new URL(url);
  while (!signal.aborted) {
    try {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}/`, {
        headers: { host },
        dispatcher: agent,
        signal,
      });
      await body.dump();
      if (statusCode < 500) return;
    } catch {
      // Not listening yet.
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
