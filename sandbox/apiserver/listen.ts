// Which port the server listens on: the one asked for, else the one used before, else a free one.
import { readFileSync, writeFileSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Log } from "./core.ts";

const loopback = "127.0.0.1";

const listenOn = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error);
    server.once("error", failed);
    server.listen(port, loopback, () => {
      server.off("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });

const isTaken = (error: unknown): boolean =>
  ["EADDRINUSE", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "");

const remembered = (file: string): number | undefined => {
  try {
    const port = Number(readFileSync(file, "utf8"));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Listens on loopback and returns the port, which `file` remembers for the next start.
 * @throws Error naming the port and the remedy when the port asked for cannot be had
 */
export const listen = async (
  server: Server,
  wanted: number | undefined,
  file: string,
  log: Log,
): Promise<number> => {
  const before = remembered(file);
  let port: number;
  if (wanted !== undefined) {
    try {
      port = await listenOn(server, wanted);
    } catch (error) {
      if (!isTaken(error)) throw error;
      throw new Error(
        `the API server cannot listen on port ${wanted}: it is in use (or reserved); stop what uses it, or choose another port`,
        { cause: error },
      );
    }
  } else {
    try {
      port = await listenOn(server, before ?? 0);
    } catch (error) {
      if (before === undefined || !isTaken(error)) throw error;
      port = await listenOn(server, 0);
      log(`port ${before}, used before, is in use now: the API server listens on ${port}`);
    }
  }
  if (port !== before) writeFileSync(file, `${port}\n`);
  return port;
};
