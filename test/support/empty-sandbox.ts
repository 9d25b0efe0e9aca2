// A sandbox with nothing in it, for tests that declare what they need.
import { Visitor } from "../scenario/visitor.ts";
import { TestCluster } from "./cluster.ts";
import { dataFolder, freePort, type ReadyEvent, SandboxProcess } from "./sandbox-process.ts";

export interface EmptySandbox {
  readonly cluster: TestCluster;
  readonly kubeconfig: string;
  readonly data: string;
  readonly gatewayPort: number;
  /** The process; another one after {@link EmptySandbox.restart}. */
  process(): SandboxProcess;
  /** A visitor of the site with this hostname; `headers` go with every request. */
  visit(hostname: string, headers?: Record<string, string>): Visitor;
  /** A visitor who has signed in with the generated password. */
  signIn(site: string, user: string, namespace?: string): Promise<Visitor>;
  /** Starts a sandbox on the same data folder; the former one must have ended. */
  restart(): Promise<ReadyEvent>;
  stop(): Promise<void>;
}

/** Starts `provost sandbox` with the operator and no manifests. */
export async function emptySandbox(args: readonly string[] = []): Promise<EmptySandbox> {
  const data = await dataFolder();
  const gatewayPort = await freePort();
  const start = (): SandboxProcess =>
    new SandboxProcess({ data: data.path, args: ["--port", String(gatewayPort), ...args] });
  let process = start();
  const stop = async (): Promise<void> => {
    await process.stop();
    await data.remove();
  };
  const { ready, cluster } = await connected(process).catch(async (error: unknown) => {
    // Nobody gets a handle to stop it with.
    await stop();
    throw error;
  });
  const visit = (hostname: string, headers: Record<string, string> = {}): Visitor =>
    new Visitor(`http://${hostname}.localhost:${gatewayPort}`, { headers });
  return {
    cluster,
    kubeconfig: ready.kubeconfig,
    data: data.path,
    gatewayPort,
    process: () => process,
    visit,
    async signIn(site, user, namespace) {
      const visitor = visit(`${site}.example.org`);
      await visitor.signIn(user, await cluster.password(site, user, namespace));
      return visitor;
    },
    async restart() {
      process = start();
      return process.ready();
    },
    stop,
  };
}

async function connected(process: SandboxProcess): Promise<{ ready: ReadyEvent; cluster: TestCluster }> {
  const ready = await process.ready();
  return { ready, cluster: await TestCluster.connect(ready.kubeconfig) };
}
