// An API server without controllers and nodes, of the programs in a folder (`kube-apiserver`, `etcd`), for one suite.
import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { freePort } from "../../support/sandbox-process.ts";

const READY_WITHIN_MS = 120_000;

export interface Envtest {
  readonly kubeconfig: string;
  /** SIGKILLs the API server and starts it again on the same address; resolves when it is ready. */
  restartApiServer(): Promise<void>;
  /** SIGKILLs etcd and starts it again on its data; resolves when the API server is ready with it. */
  restartEtcd(): Promise<void>;
  /** Forgets every version but the newest: what asks for an older one gets 410. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver from `assets`; resolves when the API server is ready. */
export async function startEnvtest(assets: string): Promise<Envtest> {
  for (const program of ["kube-apiserver", "etcd"])
    if (!existsSync(join(assets, program)))
      throw new Error(
        `KUBEBUILDER_ASSETS is ${assets}, but there is no ${program}: name a folder with both programs`,
      );
  const folder = mkdtempSync(join(tmpdir(), "provost-envtest-"));
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString("hex");
  writeFileSync(join(folder, "tokens.csv"), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(join(folder, "sa.key"), keys.privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  writeFileSync(join(folder, "sa.pub"), keys.publicKey.export({ type: "spki", format: "pem" }));

  const etcd = new Program(folder, join(assets, "etcd"), {
    "data-dir": join(folder, "etcd"),
    "listen-client-urls": `http://127.0.0.1:${etcdPort}`,
    "advertise-client-urls": `http://127.0.0.1:${etcdPort}`,
    "listen-peer-urls": `http://127.0.0.1:${peerPort}`,
    "initial-advertise-peer-urls": `http://127.0.0.1:${peerPort}`,
    "initial-cluster": `default=http://127.0.0.1:${peerPort}`,
    "unsafe-no-fsync": "true",
  });
  const apiServer = new Program(folder, join(assets, "kube-apiserver"), {
    "etcd-servers": `http://127.0.0.1:${etcdPort}`,
    "bind-address": "127.0.0.1",
    "secure-port": String(port),
    // It makes a certificate for itself there.
    "cert-dir": join(folder, "certs"),
    "authorization-mode": "RBAC",
    "token-auth-file": join(folder, "tokens.csv"),
    "service-cluster-ip-range": "10.0.0.0/24",
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": join(folder, "sa.pub"),
    "service-account-signing-key-file": join(folder, "sa.key"),
    // Nobody makes service accounts here, and without one no pod would be admitted.
    "disable-admission-plugins": "ServiceAccount",
  });
  const up = (): Promise<void> => ready(`https://127.0.0.1:${port}`, token, [etcd, apiServer]);
  const restart = async (program: Program): Promise<void> => {
    await program.end("SIGKILL");
    program.start();
    await up();
  };
  const stop = async (): Promise<void> => {
    for (const program of [apiServer, etcd]) await program.end("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    etcd.start();
    apiServer.start();
    await up();
    return {
      kubeconfig: writeKubeconfig(folder, `https://127.0.0.1:${port}`, token),
      restartApiServer: () => restart(apiServer),
      restartEtcd: () => restart(etcd),
      compact: () => compact(`http://127.0.0.1:${etcdPort}`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A program with flags that can be ended and started again. */
class Program {
  readonly name: string;
  readonly log: string;
  readonly #folder: string;
  readonly #path: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(folder: string, path: string, flags: Readonly<Record<string, string>>) {
    this.name = path.split("/").at(-1) ?? "";
    this.log = join(folder, `${this.name}.log`);
    this.#folder = folder;
    this.#path = path;
    this.#args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  }

  get dead(): boolean {
    return this.#child !== undefined && (this.#child.exitCode !== null || this.#child.signalCode !== null);
  }

  start(): void {
    const out = openSync(this.log, "a");
    const child = spawn(this.#path, this.#args, { stdio: ["ignore", out, out], cwd: this.#folder });
    closeSync(out);
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("close", () => resolve()));
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child?.kill(signal);
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), 10_000);
    await this.#ended;
    clearTimeout(timer);
  }
}

/** Through etcd's JSON gateway (`/v3`, etcd documentation: gRPC gateway). */
async function compact(etcd: string): Promise<void> {
  const ask = async (path: string, body: object): Promise<{ header?: { revision?: string } }> => {
    const answer = await fetch(etcd + path, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { header?: { revision?: string } };
  };
  const { header } = await ask("/v3/kv/range", { key: Buffer.from("/").toString("base64") });
  await ask("/v3/kv/compaction", { revision: header?.revision ?? "0", physical: true });
}

async function ready(server: string, token: string, programs: readonly Program[]): Promise<void> {
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  const headers = { authorization: `Bearer ${token}` };
  try {
    for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(100)) {
      const dead = programs.find((program) => program.dead);
      if (dead) throw new Error(`${dead.name} ended: ${readFileSync(dead.log, "utf8").slice(-2000)}`);
      const answer = await fetch(`${server}/readyz`, { dispatcher: agent, headers }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
    }
    throw new Error(`the API server was not ready within ${READY_WITHIN_MS / 1000} s`);
  } finally {
    await agent.close();
  }
}

function writeKubeconfig(folder: string, server: string, token: string): string {
  const file = join(folder, "kubeconfig");
  const ca = readFileSync(join(folder, "certs/apiserver.crt")).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": ca } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
