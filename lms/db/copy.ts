// COPY as streams, on one connection of a transaction: tables that are too large to be held.
import type { Readable, Writable } from "node:stream";
import type pg from "pg";
import { from, to } from "pg-copy-streams";

export interface CopyOut {
  readonly stream: Readable;
  /** How many rows it had; ask when the stream has ended. */
  rows(): Promise<number>;
}

/**
 * What a `COPY … TO STDOUT` gives. Whoever destroys the stream before its end loses the connection, and the transaction
 * with it: the server would go on sending, and every later statement wait for that.
 */
export function copyOut(client: pg.ClientBase, text: string): CopyOut {
  const stream = client.query(to(text));
  // The driver tells of a connection that is lost once, whether or not somebody listens; whoever comes later must learn it.
  stream.on("error", (error) => stream.destroy(error));
  stream.once("close", () => {
    if (!stream.readableEnded) (client as pg.Client).connection.stream.destroy();
  });
  return {
    stream,
    async rows() {
      // The count comes in a message after the data: when another statement is answered, it has come.
      await client.query("");
      return stream.rowCount;
    },
  };
}

/** Takes what a `COPY … FROM STDIN` reads; finished when the server has it all. Destroying it fails the statement. */
export function copyIn(client: pg.ClientBase, text: string): Writable {
  const stream = client.query(from(text));
  stream.on("error", (error) => {
    // The statement is over. The library would tell the server of the end, and wait for an answer that never comes.
    stream._destroy = (cause, done) => done(cause);
    stream.destroy(error);
  });
  return stream;
}
