// One LmsClient per tenant, made when it is first needed and anew when its token changed.
import { type Client, type ServiceFetch } from "../engine/index.ts";
import { ADMIN_PORT, names } from "../tenant/names.ts";
import { LmsClient } from "./client.ts";

/** How to send requests to a tenant's admin API; the service proxy unless a test brings its own. */
export type ConnectLms = (client: Client, namespace: string, tenant: string) => ServiceFetch;

const throughService: ConnectLms = (client, namespace, tenant) =>
  client.serviceProxy(namespace, names(tenant).runtime, ADMIN_PORT);

export class LmsConnections {
  readonly #client: Client;
  readonly #connect: ConnectLms;
  readonly #digestsFreshMs: number | undefined;
  readonly #open = new Map<string, { readonly token: string; readonly lms: LmsClient }>();

  /** `client` must outlive single reconciles: connections are shared by all of them. */
  constructor(client: Client, connect: ConnectLms = throughService, digestsFreshMs?: number) {
    this.#client = client;
    this.#connect = connect;
    this.#digestsFreshMs = digestsFreshMs;
  }

  /** The client of a tenant's LMS with this token. */
  lms(namespace: string, tenant: string, token: string): LmsClient {
    const key = `${namespace}/${tenant}`;
    const open = this.#open.get(key);
    if (open?.token === token) return open.lms;
    const lms = new LmsClient(this.#connect(this.#client, namespace, tenant), token, this.#digestsFreshMs);
    this.#open.set(key, { token, lms });
    return lms;
  }

  /** A client of one replica. It is not kept: replicas come and go. */
  replica(
    namespace: string,
    tenant: string,
    pod: { readonly name: string; readonly ip: string },
    token: string,
  ): LmsClient {
    const fetch =
      this.#connect === throughService
        ? this.#client.podProxy(namespace, pod.name, pod.ip, ADMIN_PORT)
        : this.#connect(this.#client, namespace, tenant);
    return new LmsClient(fetch, token);
  }

  /** The client in use, if this tenant was reconciled before. */
  known(namespace: string, tenant: string): LmsClient | undefined {
    return this.#open.get(`${namespace}/${tenant}`)?.lms;
  }

  forget(namespace: string, tenant: string): void {
    this.#open.delete(`${namespace}/${tenant}`);
  }
}
