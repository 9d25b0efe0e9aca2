// The operator's part for LmsTenants, in this process, with the settings that a test needs shorter than anybody else.
import { pino } from "pino";
import {
  type ClusterAccess,
  ConfigMap,
  Manager,
  Namespace,
  type RawResponse,
  Secret,
  type ServiceFetch,
  TransportError,
} from "../../controller/engine/index.ts";
import { createEnvironment } from "../../controller/environment.ts";
import { LmsConnections } from "../../controller/lms/connections.ts";
import { FIELD_MANAGER } from "../../controller/main.ts";
import { tenantController } from "../../controller/tenant/controller.ts";

/** How soon a kind that appears is seen. */
const RECHECK_MS = 500;

export interface TenantOperator {
  /** Everything it has logged, as lines of JSON. */
  readonly log: readonly string[];
  /** Requests to the API server so far that write. */
  writes(): Promise<number>;
  /** Reconciles that ended so far, by result. */
  reconciles(result: "success" | "error" | "requeue_after"): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it. `adminPort` is where the LMS of a tenant listens, if it runs. */
export async function startTenantOperator(
  access: ClusterAccess,
  adminPort: (namespace: string, tenant: string) => number | undefined,
): Promise<TenantOperator> {
  const log: string[] = [];
  const manager = new Manager({
    access,
    fieldManager: FIELD_MANAGER,
    log: pino({ level: "debug" }, { write: (line: string) => void log.push(line) }),
  });
  const settings = {
    lmsImage: "provost/provost:test",
    siteUrlTemplate: "{scheme}://{hostname}",
    resyncMs: 600_000,
    finalizerDeadlineMs: 60_000,
    restrictAdminPort: true,
    singleNamespace: false,
  };
  for (const type of [Secret, ConfigMap, Namespace])
    manager.cache(type as typeof Secret, { metadataOnly: true });
  const connections = new LmsConnections(manager.client, (_client, namespace, tenant) =>
    fetchFrom(() => adminPort(namespace, tenant)),
  );
  tenantController(manager, createEnvironment(settings, connections), { absentRecheckMs: RECHECK_MS });
  await manager.start();
  const total = async (pattern: RegExp): Promise<number> =>
    [...(await manager.registry.metrics()).matchAll(pattern)].reduce((sum, [, n]) => sum + Number(n), 0);
  return {
    log,
    writes: () =>
      total(/^rest_client_requests_total\{[^}]*method="(?:POST|PUT|PATCH|DELETE)"[^}]*\} (\d+)/gm),
    reconciles: (result) =>
      total(new RegExp(`^controller_runtime_reconcile_total\\{[^}]*result="${result}"[^}]*\\} (\\d+)`, "gm")),
    stop: () => manager.stop(),
  };
}

function fetchFrom(port: () => number | undefined): ServiceFetch {
  return async (path, { method = "GET", headers, body, signal } = {}): Promise<RawResponse> => {
    const at = port();
    if (at === undefined) throw new TransportError("connection refused");
    const response = await fetch(`http://127.0.0.1:${at}${path}`, {
      method,
      ...(headers && { headers }),
      ...(body !== undefined && { body: String(body) }),
      ...(signal && { signal }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: bytes,
      text: () => bytes.toString("utf8"),
      json: <T>() => JSON.parse(bytes.toString("utf8")) as T,
    };
  };
}
