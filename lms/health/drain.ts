// How a listener stops without a request being lost: what is on its way is answered, and connections end after it.
import type { FastifyInstance } from "fastify";

export interface Drain {
  /** From now on each connection ends with its next answer: whoever comes again finds another replica. */
  announce(): void;
  /** Ends the listener; in-flight requests have `withinMs` to be answered. */
  end(withinMs: number): Promise<void>;
}

/** Prepares a listener for stopping; call before it listens. Make it with `return503OnClosing: false`. */
export function drainable(app: FastifyInstance): Drain {
  let stopping = false;
  // Without this a kept-alive connection would outlive its last answer by its idle time, and close() would wait for it.
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (stopping) void reply.header("connection", "close");
    done();
  });
  return {
    announce() {
      stopping = true;
    },
    async end(withinMs) {
      stopping = true;
      const cut = setTimeout(() => app.server.closeAllConnections(), withinMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
}
