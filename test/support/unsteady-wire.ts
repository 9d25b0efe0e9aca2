// A wire to the API server that is cut again and again: TCP in between, so that TLS goes through untouched.
import { readFile, writeFile } from "node:fs/promises";
import { Transform } from "node:stream";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface UnsteadyWire {
  /** A kubeconfig that leads through the wire. */
  readonly kubeconfig: string;
  /** Resets every connection; new ones are taken at once. */
  cut(): void;
  /** Resets every connection and refuses new ones until `mend`. */
  sever(): void;
  mend(): void;
  /** What is asked from now on arrives only after `release`. */
  hold(): void;
  release(): void;
  close(): Promise<void>;
}

/** Puts a wire in front of the server of a kubeconfig. */
export async function unsteadyWire(kubeconfig: string): Promise<UnsteadyWire> {
  const text = await readFile(kubeconfig, "utf8");
  const address = /https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
  if (address === undefined) throw new Error(`${kubeconfig}: no server on 127.0.0.1`);
  const sockets = new Set<Socket>();
  let severed = false;
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const server = createServer((near) => {
    if (severed) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(address), "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    const held = new Transform({
      transform: (chunk: Buffer, _encoding, pass) => void gate.promise.then(() => pass(null, chunk)),
    });
    near.pipe(held).pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const path = `${kubeconfig}.wire`;
  await writeFile(path, text.replace(`127.0.0.1:${address}`, `127.0.0.1:${port}`), { mode: 0o600 });
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    kubeconfig: path,
    cut,
    sever() {
      severed = true;
      cut();
    },
    mend: () => void (severed = false),
    hold: () => void (gate = Promise.withResolvers<void>()),
    release: () => gate.resolve(),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
