// The operator process: wiring only.
import { hostname } from "node:os";
import { createHash, randomUUID } from "node:crypto";
import { pino, type Logger } from "pino";
import { backupCaches, backupControllers } from "./backup/controller.ts";
import { backupMetrics } from "./backup/metrics.ts";
import { courseController } from "./course/controller.ts";
import { type ClusterAccess, ConfigMap, loadAccess, Manager, Namespace, Secret } from "./engine/index.ts";
import { createEnvironment } from "./environment.ts";
import { type ConnectLms, LmsConnections } from "./lms/connections.ts";
import { restoreCaches, restoreControllers } from "./restore/controller.ts";
import { roleBindingController } from "./rolebinding/controller.ts";
import type { Settings } from "./settings.ts";
import { sleepController } from "./sleep/controller.ts";
import { tenantController } from "./tenant/controller.ts";
import { updateMetrics } from "./update/metrics.ts";
import { updateCaches, updateControllers } from "./update/controller.ts";

/** Field manager of everything the operator writes. */
export const FIELD_MANAGER = "provost";
const LEASE = "provost-operator";
/** Port of the health server inside a cluster; outside there is none unless it is asked for. */
const HEALTH_PORT = 8080;

export interface OperatorOptions {
  /** Path of a kubeconfig file; default as in `loadAccess`. */
  readonly kubeconfig?: string;
  /** Serve this namespace only; default: all. */
  readonly namespace?: string;
  /** Serve only the tenants, courses and bindings with these labels, under a Lease of their own; default: all. */
  readonly selector?: string;
  /** Requests to the API server per second; default: no limit beyond the server's own. */
  readonly requestsPerSecond?: number;
  /** See {@link Settings}. */
  readonly lmsImage: string;
  readonly siteUrlTemplate: string;
  readonly resyncMs: number;
  readonly finalizerDeadlineMs: number;
  /** Port of /livez, /readyz and /metrics; default 8080 inside a cluster, none outside. */
  readonly healthPort?: number;
  /** Default: inside a cluster. */
  readonly leaderElection?: boolean;
  readonly log: Logger;
  /** How to reach an LMS; default: through its Service. */
  readonly connect?: ConnectLms;
}

/** Runs the operator until `signal` aborts. Rejects with `NotLeaderError` when leadership was lost. */
export async function runOperator(options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const access = await loadAccess(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig });
  const { log } = options;
  const manager = createOperator(access, options);
  log.info(
    { server: access.server, inCluster: access.inCluster, namespace: options.namespace ?? "(all)" },
    "starting",
  );
  await manager.run(signal);
  log.info("stopped");
}

/** Declares caches and controllers on a manager that has not been started. */
export function createOperator(access: ClusterAccess, options: OperatorOptions): Manager {
  const { inCluster } = access;
  const {
    namespace,
    selector,
    requestsPerSecond,
    healthPort = inCluster ? HEALTH_PORT : undefined,
    leaderElection = inCluster,
  } = options;
  const manager = new Manager({
    access,
    fieldManager: FIELD_MANAGER,
    log: options.log,
    ...(namespace !== undefined && { namespace }),
    ...(requestsPerSecond !== undefined && {
      rateLimit: { perSecond: requestsPerSecond, burst: Math.max(1, 2 * requestsPerSecond) },
    }),
    ...(healthPort !== undefined && { health: { port: healthPort } }),
    ...(leaderElection && {
      leaderElection: {
        namespace: namespace ?? access.namespace,
        name: leaseName(selector),
        identity: `${hostname()}_${randomUUID().slice(0, 8)}`,
      },
    }),
  });
  const settings: Settings = {
    lmsImage: options.lmsImage,
    siteUrlTemplate: options.siteUrlTemplate,
    resyncMs: options.resyncMs,
    finalizerDeadlineMs: options.finalizerDeadlineMs,
    restrictAdminPort: inCluster,
    ...(selector !== undefined && { selector }),
    singleNamespace: namespace !== undefined,
  };
  // Whoever looks at a whole cluster's Secrets and ConfigMaps must not hold their contents.
  manager.cache(Secret, { metadataOnly: true });
  manager.cache(ConfigMap, { metadataOnly: true });
  if (!settings.singleNamespace) manager.cache(Namespace, { metadataOnly: true });
  const connections = new LmsConnections(
    manager.client,
    options.connect,
    Math.min(30_000, options.resyncMs / 2),
  );
  const env = createEnvironment(settings, connections);
  backupCaches(manager, env);
  restoreCaches(manager, env);
  updateCaches(manager, env);
  tenantController(manager, env);
  courseController(manager, env);
  roleBindingController(manager, env);
  backupControllers(manager, env);
  restoreControllers(manager, env);
  updateControllers(manager, env);
  sleepController(manager, env);
  backupMetrics(manager);
  updateMetrics(manager);
  return manager;
}

/** Operators of different shards do not wait for each other. */
export function leaseName(selector: string | undefined): string {
  if (selector === undefined) return LEASE;
  return `${LEASE}-${createHash("sha256").update(selector).digest("hex").slice(0, 8)}`;
}

/** The operator's own log: JSON lines on stdout. Nothing logs secrets on purpose; if an error carries one, it stays out. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { component: "operator" },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ["*.password", "*.token", "*.authorization", "*.headers"], remove: true },
  });
}
