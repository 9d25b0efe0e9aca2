// A cluster for tests of the operator alone: the API server is real and so are LMS and PostgreSQL; instead of kubelets a
// test says itself when pods run, so that it can look at every moment in between.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { kinds } from "../../api/index.ts";
import { customResourceDefinition } from "../../api/crd.ts";
import {
  CustomResourceDefinition,
  Deployment,
  loadAccess,
  type Manager,
  type RawRequest,
  type RawResponse,
  type ServiceFetch,
  StatefulSet,
  TransportError,
} from "../../controller/engine/index.ts";
import { createOperator, type OperatorOptions } from "../../controller/main.ts";
import { createTestDatabase, type TestDatabase } from "../../lms/db/testing.ts";
import type { Lms } from "../../lms/main.ts";
import { type ApiServer, startApiServer } from "../../sandbox/apiserver/index.ts";
import { TestCluster } from "../support/cluster.ts";
import { startTestLms } from "../support/test-lms.ts";

const silent = pino({ level: process.env["LOG_LEVEL"] ?? "silent" });

/** A site's runtime and database, run by the test in place of a node. */
interface RunningSite {
  readonly lms: Lms;
  readonly database: TestDatabase;
  readonly tokenFolder: string;
}

/** One request to an LMS. */
export interface LmsRequest {
  readonly tenant: string;
  readonly method: string;
  readonly path: string;
}

export class Harness {
  readonly cluster: TestCluster;
  /** Every request to an LMS, in order; paths without their queries. */
  readonly lmsRequests: LmsRequest[] = [];
  /** Makes an LMS silent: "refused" answers nothing, "hung" never ends. By tenant. */
  readonly broken = new Map<string, "refused" | "hung">();
  readonly #api: ApiServer;
  readonly #folder: string;
  readonly #sites = new Map<string, RunningSite>();
  readonly #log: string[] = [];
  #operator: Manager | undefined;

  private constructor(api: ApiServer, folder: string, cluster: TestCluster) {
    this.#api = api;
    this.#folder = folder;
    this.cluster = cluster;
  }

  /** Starts an API server with the CRDs installed. */
  static async start(): Promise<Harness> {
    const folder = await mkdtemp(join(tmpdir(), "provost-operator-"));
    const api = await startApiServer({ dataDir: join(folder, "api"), log: silent });
    const cluster = await TestCluster.connect(api.kubeconfigPath);
    for (const kind of kinds) {
      const crd = customResourceDefinition(kind) as unknown as CustomResourceDefinition;
      await cluster.client.apply(CustomResourceDefinition, crd);
    }
    return new Harness(api, folder, cluster);
  }

  /** Starts the operator in this process. */
  async startOperator(options: Partial<OperatorOptions> = {}): Promise<Manager> {
    const access = await loadAccess({ kubeconfig: this.#api.kubeconfigPath });
    const operator = createOperator(access, {
      lmsImage: "provost/provost:test",
      siteUrlTemplate: "{scheme}://{hostname}",
      resyncMs: 600_000,
      finalizerDeadlineMs: 60_000,
      log: pino({ level: "debug" }, { write: (line: string) => void this.#log.push(line) }),
      connect: (_client, namespace, tenant) => this.#fetch(`${namespace}/${tenant}`),
      ...options,
    });
    await operator.start();
    this.#operator = operator;
    return operator;
  }

  get kubeconfig(): string {
    return this.#api.kubeconfigPath;
  }

  /** Everything the operator has logged. */
  log(): string {
    return this.#log.join("");
  }

  get operator(): Manager {
    if (!this.#operator) throw new Error("the operator was not started");
    return this.#operator;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  /** What a node would do for a tenant: run its database, then its LMS, and report both. */
  async runPods(tenant: string, namespace = "default"): Promise<RunningSite> {
    await this.databaseUp(tenant, namespace);
    return this.lmsUp(tenant, namespace);
  }

  async databaseUp(tenant: string, namespace = "default"): Promise<void> {
    await this.#report(StatefulSet, `${tenant}-db`, namespace, 1);
  }

  /** Reports that no pod of the database is ready. */
  async databaseDown(tenant: string, namespace = "default"): Promise<void> {
    await this.#report(StatefulSet, `${tenant}-db`, namespace, 0);
  }

  /** Starts the LMS with the token that the operator made, on a database of its own, and reports it ready. */
  async lmsUp(tenant: string, namespace = "default"): Promise<RunningSite> {
    const id = `${namespace}/${tenant}`;
    const tokenFolder = join(this.#folder, id.replace("/", "."));
    await rm(tokenFolder, { recursive: true, force: true });
    const token = await this.cluster.until(`${id} has an admin token`, async () => {
      const value = await this.cluster.secret(namespace, `${tenant}-admin`, "token").catch(() => "");
      return value || undefined;
    });
    await mkdir(tokenFolder);
    await writeFile(join(tokenFolder, "token"), token);
    const database = this.#sites.get(id)?.database ?? (await createTestDatabase());
    const lms = await startTestLms(database, tokenFolder);
    const site = { lms, database, tokenFolder };
    this.#sites.set(id, site);
    await this.#report(Deployment, `${tenant}-lms`, namespace, 1);
    return site;
  }

  /** Stops the LMS; its database stays. With `reported`, the cluster notices. */
  async lmsDown(tenant: string, namespace = "default", reported = true): Promise<void> {
    await this.#sites.get(`${namespace}/${tenant}`)?.lms.stop();
    if (reported) await this.#report(Deployment, `${tenant}-lms`, namespace, 0);
  }

  /** The runtime of a tenant. */
  site(tenant: string, namespace = "default"): RunningSite {
    const site = this.#sites.get(`${namespace}/${tenant}`);
    if (!site) throw new Error(`no LMS runs for ${namespace}/${tenant}`);
    return site;
  }

  /** Text of a page of the site, as a stranger sees it. */
  async page(tenant: string, path: string, namespace = "default"): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.site(tenant, namespace).lms.httpPort}${path}`);
    return response.text();
  }

  /** Requests to the LMS of a tenant that write. */
  lmsWrites(tenant: string, namespace = "default"): LmsRequest[] {
    return this.lmsRequests.filter(
      (request) => request.tenant === `${namespace}/${tenant}` && request.method !== "GET",
    );
  }

  /** Whether a sign-in with this password is accepted. */
  async signIn(tenant: string, user: string, password: string, namespace = "default"): Promise<boolean> {
    const { lms } = this.site(tenant, namespace);
    return (await lms.context.accounts.signIn({ nameOrEmail: user, password }, { address: "127.0.0.1" })).ok;
  }

  /** Requests the operator has sent to the API server so far that write. */
  async operatorWrites(): Promise<number> {
    const metrics = await this.operator.registry.metrics();
    let writes = 0;
    for (const [, method = "", count = "0"] of metrics.matchAll(
      /^rest_client_requests_total\{[^}]*method="([A-Z]+)"[^}]*\} (\d+)/gm,
    ))
      if (method !== "GET") writes += Number(count);
    return writes;
  }

  /** Reconciles that have ended so far. */
  async reconciles(): Promise<number> {
    const metrics = await this.operator.registry.metrics();
    let runs = 0;
    for (const [, count = "0"] of metrics.matchAll(/^controller_runtime_reconcile_total\{[^}]*\} (\d+)/gm))
      runs += Number(count);
    return runs;
  }

  async stop(): Promise<void> {
    await this.stopOperator();
    for (const { lms, database } of this.#sites.values()) {
      await lms.stop();
      await database.close();
    }
    await this.#api.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #fetch(id: string): ServiceFetch {
    return async (path, request: RawRequest = {}) => {
      const { method = "GET", headers, body, signal } = request;
      this.lmsRequests.push({ tenant: id, method, path: path.replace(/\?.*/, "") });
      const fault = this.broken.get(id);
      if (fault === "hung")
        await new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
        );
      const site = this.#sites.get(id);
      if (fault !== undefined || !site) throw new TransportError(`service ${id}: connection refused`);
      let response: Response;
      try {
        response = await fetch(`http://127.0.0.1:${site.lms.adminPort}${path}`, {
          method,
          ...(headers && { headers }),
          ...(body !== undefined && { body: String(body) }),
          ...(signal && { signal }),
        });
      } catch (error) {
        signal?.throwIfAborted();
        throw new TransportError(`service ${id}: connection refused`, { cause: error });
      }
      return raw(response, Buffer.from(await response.arrayBuffer()));
    };
  }

  async #report(
    type: typeof Deployment | typeof StatefulSet,
    name: string,
    namespace: string,
    ready: number,
  ): Promise<void> {
    const object = await this.cluster.until(`${type.kind} ${name} is there`, () =>
      this.cluster.client.find<Deployment | StatefulSet>(type as never, { namespace, name }),
    );
    const wanted = object.spec?.replicas ?? 1;
    const status = {
      observedGeneration: object.metadata.generation,
      replicas: wanted,
      updatedReplicas: wanted,
      readyReplicas: ready === 0 ? 0 : wanted,
      availableReplicas: ready === 0 ? 0 : wanted,
    };
    await this.cluster.client.mergePatch(
      type as never,
      { namespace, name },
      { status },
      { subresource: "status" },
    );
  }
}

function raw(response: Response, body: Buffer): RawResponse {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body,
    text: () => body.toString("utf8"),
    json: <T>() => JSON.parse(body.toString("utf8")) as T,
  };
}
