// What an LMS that does not serve says about itself.
import type { Problem } from "../../api/index.ts";
import { ApiError, type ServiceFetch, TransportError } from "../engine/index.ts";

/** A replica looks at its database for 2 s before it answers. */
const PATIENCE_MS = 4_000;
const PATH = "/readyz";

/**
 * The words of a replica that is up and not ready; `undefined` when it is ready, or does not answer: then its pod has
 * more to tell.
 * @param fetch reaches replicas that are not ready, too
 */
export async function unreadiness(fetch: ServiceFetch, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(PATH, { signal, timeoutMs: PATIENCE_MS });
    if (answer.status !== 503) return undefined;
    const { code, detail } = answer.json<Partial<Problem>>();
    return code === "NotReady" ? detail : undefined;
  } catch (error) {
    signal.throwIfAborted();
    // Asking is a courtesy: nothing depends on the answer. A SyntaxError is somebody else's page.
    if (error instanceof TransportError || error instanceof ApiError || error instanceof SyntaxError)
      return undefined;
    throw error;
  }
}
