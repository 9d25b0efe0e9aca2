// The loopback addresses of one sandbox: which block of 127.0.0.0/8 is its own, and who has which address in it.
// Linux answers on all of 127.0.0.0/8, so every pod and Service gets an address without any set-up.
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { writeWhole } from "./files.ts";

interface NetworkState {
  /** Second and third octet of the block 127.A.B.0/21. */
  block: [number, number];
  /** Pods by `namespace/name`; stable names keep theirs, so that a database pod returns to where it was. */
  pods: Record<string, string>;
  /** Services by `namespace/name`, headless ones too: what their name is replaced by. */
  services: Record<string, string>;
}

const poolOctets = 4;
const hostsPerOctet = 254;

/** Addresses of one sandbox; every change is on disk before it is used. */
export interface Network {
  /** The node's own address. */
  readonly nodeIP: string;
  /** The address of a pod, given or remembered. */
  podIP(key: string): string;
  /** The pod is gone; a name that will return (StatefulSet) keeps its address in reserve. */
  releasePod(key: string): void;
  /**
   * The address of a Service, given or remembered; never one of `taken`, which other Services hold. It stays in
   * reserve for the name when the Service goes.
   */
  serviceIP(key: string, taken: ReadonlySet<string>): string;
  /** Whether an address is one that Services may have. */
  mayServe(ip: string): boolean;
  close(): void;
}

const returns = (key: string): boolean => /-\d+$/.test(key);

/** All addresses of a pool: `half` 0 is for pods, 1 for Services. The first is the node's own. */
function* pool([a, b]: readonly [number, number], half: 0 | 1): Generator<string> {
  for (let octet = b + half * poolOctets; octet < b + (half + 1) * poolOctets; octet += 1) {
    for (let host = 1; host <= hostsPerOctet; host += 1) {
      if (half === 1 || octet !== b || host !== 1) yield `127.${a}.${octet}.${host}`;
    }
  }
}

/** Holds the block machine-wide for as long as this process lives; undefined when another sandbox has it. */
async function claim(block: readonly [number, number]): Promise<Server | undefined> {
  const server = createServer();
  // An abstract socket has no file, needs no port and vanishes with its process.
  const address = `\0provost-sandbox-127.${block[0]}.${block[1]}`;
  try {
    server.listen(process.platform === "linux" ? address : 0);
    await once(server, "listening");
    server.unref();
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function mustBind(address: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(0, address);
    await once(server, "listening");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new Error(
      `this machine cannot listen on ${address} (${code}): the sandbox gives every pod an address of its own in ` +
        `127.0.0.0/8, which Linux always has; elsewhere run it in a Linux virtual machine or container`,
      { cause: error },
    );
  }
  await new Promise((done) => server.close(done));
}

const randomBlock = (): [number, number] => [randomInt(1, 255), randomInt(0, 32) * 8];

function readState(file: string): NetworkState | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as NetworkState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read: ${String(error)}; remove it to have addresses given anew`, {
      cause: error,
    });
  }
}

/** Opens the addresses kept in `dataDir`; throws when another running sandbox holds the same block. */
export async function openNetwork(dataDir: string): Promise<Network> {
  const file = join(dataDir, "network.json");
  let state = readState(file);
  let held: Server | undefined;
  if (state !== undefined) {
    held = await claim(state.block);
    if (held === undefined) {
      throw new Error(
        `the data folder ${dataDir} is in use by another sandbox: stop that one, or choose another folder (--data). ` +
          `If it is a copy of that one's folder, remove ${file} to have addresses of its own (127.${state.block.join(".")}.0/21 are taken)`,
      );
    }
  }
  for (let attempt = 0; state === undefined && attempt < 100; attempt += 1) {
    const block = randomBlock();
    held = await claim(block);
    if (held !== undefined) state = { block, pods: {}, services: {} };
  }
  if (state === undefined || held === undefined) throw new Error("no free block of loopback addresses found");
  const known = state;
  const nodeIP = `127.${known.block[0]}.${known.block[1]}.1`;
  await mustBind(nodeIP);
  const save = (): void => writeWhole(file, JSON.stringify(known, null, 1), 0o644);
  save();

  const released = new Set<string>();
  let last = "";

  /** The next free address after the last one given, so that a fresh pod rarely inherits a recent address. */
  const freePodIP = (): string => {
    const used = new Set(Object.values(known.pods));
    const all = [...pool(known.block, 0)];
    const from = all.indexOf(last) + 1;
    const free = [...all.slice(from), ...all.slice(0, from)].find((ip) => !used.has(ip));
    if (free !== undefined) return free;
    const [reserve] = released;
    if (reserve === undefined) {
      throw new Error(`no pod address is free: the sandbox has room for ${all.length} pods`);
    }
    const ip = known.pods[reserve] ?? "";
    released.delete(reserve);
    delete known.pods[reserve];
    return ip;
  };

  const freeServiceIP = (taken: ReadonlySet<string>): string => {
    const reserved = new Set(Object.values(known.services));
    const free = [...pool(known.block, 1)].filter((ip) => !taken.has(ip));
    const ip = free.find((each) => !reserved.has(each)) ?? free[0];
    if (ip === undefined)
      throw new Error("no service address is free: the sandbox has room for 1016 Services");
    // The last resort is an address kept for a Service that is gone.
    for (const [key, held] of Object.entries(known.services)) if (held === ip) delete known.services[key];
    return ip;
  };

  return {
    nodeIP,
    podIP(key) {
      released.delete(key);
      let ip = known.pods[key];
      if (ip === undefined) {
        known.pods[key] = ip = last = freePodIP();
        save();
      }
      return ip;
    },
    releasePod(key) {
      if (returns(key)) {
        released.add(key);
      } else if (known.pods[key] !== undefined) {
        delete known.pods[key];
        save();
      }
    },
    serviceIP(key, taken) {
      let ip = known.services[key];
      if (ip === undefined || taken.has(ip)) {
        known.services[key] = ip = freeServiceIP(taken);
        save();
      }
      return ip;
    },
    mayServe(ip) {
      for (const each of pool(known.block, 1)) if (each === ip) return true;
      return false;
    },
    close: () => void held.close(),
  };
}
