// Finds and reads kubeconfig files and pod credentials, on client-node's parsers and authenticators.
//
// Only leaves of client-node are imported: its KubeConfig class pulls in every generated model (86 MB, 0.5-1.1 s);
// the parsers and the exec and token-file authenticators cost 5 MB and 10 ms. A kubeconfig that needs one of the old
// auth providers (oidc, gcp, azure) loads the whole class, lazily.
import { statSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import {
  type Cluster,
  type Context,
  type User,
  newClusters,
  newContexts,
  newUsers,
} from "@kubernetes/client-node/dist/config_types.js";
import { ExecAuth } from "@kubernetes/client-node/dist/exec_auth.js";
import type { AccessTls, ClusterAccess } from "./access.ts";

const POD_CREDENTIALS = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Files are looked at again after this long, as client-go does for tokens. */
const RECHECK_MS = 10_000;

interface Entry {
  readonly cluster: Cluster;
  readonly user: User;
  readonly namespace: string;
}

export interface LoadAccessOptions {
  /** Path of a kubeconfig file. Default: $KUBECONFIG, then ~/.kube/config, then the pod's service account. */
  readonly kubeconfig?: string;
  /** Name of a context; default: the file's current context. */
  readonly context?: string;
}

/**
 * Finds the API server: `kubeconfig`, else $KUBECONFIG, ~/.kube/config, or the pod's service account, in this order.
 * Files are read again when they change, so rotated tokens and certificates are taken up.
 * @throws Error naming the file or variable and the remedy
 */
export async function loadAccess(options: LoadAccessOptions = {}): Promise<ClusterAccess> {
  const files = kubeconfigFiles(options.kubeconfig);
  if (files.length > 0) return FileAccess.open(files, options.context);
  if (process.env["KUBERNETES_SERVICE_HOST"] && exists(`${POD_CREDENTIALS}/token`)) return podAccess();
  throw new Error("no cluster found: set KUBECONFIG, create ~/.kube/config, or pass --kubeconfig FILE");
}

function kubeconfigFiles(given: string | undefined): string[] {
  if (given !== undefined) return [given];
  const named = (process.env["KUBECONFIG"] ?? "").split(path.delimiter).filter((name) => name !== "");
  if (named.length > 0) return named;
  const home = path.join(homedir(), ".kube", "config");
  return exists(home) ? [home] : [];
}

/** Credentials of the pod this process runs in. */
export function podAccess(folder = POD_CREDENTIALS, env = process.env): ClusterAccess {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`;
  const files = new FileCache();
  return {
    server,
    namespace: exists(`${folder}/namespace`) ? readFileSync(`${folder}/namespace`, "utf8").trim() : "default",
    inCluster: true,
    tls: () => Promise.resolve(files.tls({ ca: `${folder}/ca.crt` })),
    headers: () => Promise.resolve({ authorization: `Bearer ${files.text(`${folder}/token`).trim()}` }),
    invalidate: () => files.forget(),
  };
}

/** Access by kubeconfig files, re-read when one changes. */
class FileAccess implements ClusterAccess {
  readonly inCluster = false;
  readonly #paths: readonly string[];
  readonly #context: string | undefined;
  readonly #files = new FileCache();
  #entry: Entry;
  #loadedFrom: string;
  #exec = new ExecAuth();
  #inlineTls: { user: User; exec: string; tls: AccessTls } | undefined;

  private constructor(
    paths: readonly string[],
    context: string | undefined,
    entry: Entry,
    loadedFrom: string,
  ) {
    this.#paths = paths;
    this.#context = context;
    this.#entry = entry;
    this.#loadedFrom = loadedFrom;
  }

  static async open(paths: readonly string[], context: string | undefined): Promise<FileAccess> {
    const files = new FileCache();
    const text = paths.map((file) => files.text(file));
    return new FileAccess(paths, context, await parse(paths, text, context), text.join("\0"));
  }

  get server(): string {
    return this.#entry.cluster.server;
  }
  get namespace(): string {
    return this.#entry.namespace;
  }

  async tls(): Promise<AccessTls> {
    const { cluster, user } = await this.#current();
    const exec: { cert?: string; key?: string } = {};
    if (this.#exec.isAuthProvider(user)) await this.#exec.applyAuthentication(user, exec);
    const base = {
      ...(cluster.skipTLSVerify && { rejectUnauthorized: false }),
      ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    };
    if (cluster.caFile || user.certFile || user.keyFile) {
      return this.#files.tls(
        { ca: cluster.caFile, cert: user.certFile, key: user.keyFile },
        { ...inline(cluster, user), ...exec, ...base },
      );
    }
    const execMaterial = `${exec.cert ?? ""}${exec.key ?? ""}`;
    if (this.#inlineTls?.user !== user || this.#inlineTls.exec !== execMaterial) {
      this.#inlineTls = { user, exec: execMaterial, tls: { ...inline(cluster, user), ...exec, ...base } };
    }
    return this.#inlineTls.tls;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    const { user } = await this.#current();
    const headers: Record<string, string> = {};
    if (user.impersonateUser) headers["impersonate-user"] = user.impersonateUser;
    if (user.token) headers["authorization"] = `Bearer ${user.token}`;
    else if (user.username)
      headers["authorization"] =
        `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
    else if (tokenFileOf(user))
      headers["authorization"] = `Bearer ${this.#files.text(tokenFileOf(user) ?? "").trim()}`;
    else if (this.#exec.isAuthProvider(user)) {
      const options: { headers: Record<string, string> } = { headers: {} };
      await this.#exec.applyAuthentication(user, options);
      const token = options.headers["Authorization"];
      if (token) headers["authorization"] = token;
    } else if (user.authProvider) return { ...headers, ...(await this.#legacyHeaders()) };
    return headers;
  }

  invalidate(): void {
    this.#files.forget();
    // A new authenticator has no cached credential: the plugin runs again.
    this.#exec = new ExecAuth();
  }

  async #current(): Promise<Entry> {
    const text = this.#paths.map((file) => this.#files.text(file));
    const joined = text.join("\0");
    if (joined !== this.#loadedFrom) {
      this.#entry = await parse(this.#paths, text, this.#context);
      this.#loadedFrom = joined;
      this.#exec = new ExecAuth();
    }
    return this.#entry;
  }

  #legacy: { applySecurityAuthentication(context: unknown): Promise<void> } | undefined;
  async #legacyHeaders(): Promise<Record<string, string>> {
    if (this.#legacy === undefined) {
      const { KubeConfig } = await import("@kubernetes/client-node/dist/config.js");
      const config = new KubeConfig();
      config.loadFromClusterAndUser(this.#entry.cluster, this.#entry.user);
      this.#legacy = config as { applySecurityAuthentication(context: unknown): Promise<void> };
    }
    const headers: Record<string, string> = {};
    await this.#legacy.applySecurityAuthentication({
      setHeaderParam: (name: string, value: string) => void (headers[name.toLowerCase()] = value),
      setDispatcher: () => undefined,
    });
    return headers;
  }
}

async function parse(
  paths: readonly string[],
  texts: readonly string[],
  wanted: string | undefined,
): Promise<Entry> {
  const { parse: parseYaml } = await import("yaml");
  const clusters: Cluster[] = [];
  const users: User[] = [];
  const contexts: Context[] = [];
  let current = wanted;
  for (const [index, text] of texts.entries()) {
    const file = paths[index] ?? "";
    const document = parseYaml(text) as Record<string, unknown> | null;
    const folder = path.dirname(path.resolve(file));
    for (const cluster of newClusters(document?.["clusters"]))
      clusters.push({ ...cluster, ...absolute(folder, { caFile: cluster.caFile }) });
    users.push(...parseUsers(document?.["users"], folder));
    contexts.push(...newContexts(document?.["contexts"]));
    current ??=
      typeof document?.["current-context"] === "string" && document["current-context"] !== ""
        ? document["current-context"]
        : undefined;
  }
  const where = paths.join(", ");
  const context = contexts.find((candidate) => candidate.name === current);
  if (context === undefined) {
    throw new Error(
      `${where}: ${current === undefined ? "no current-context" : `no context named ${JSON.stringify(current)}`}; ` +
        `choose one of: ${contexts.map((candidate) => candidate.name).join(", ") || "(the file has none)"}`,
    );
  }
  const cluster = clusters.find((candidate) => candidate.name === context.cluster);
  if (cluster === undefined)
    throw new Error(
      `${where}: context ${context.name} names cluster ${context.cluster}, which is not in the file`,
    );
  if (cluster.proxyUrl)
    throw new Error(
      `${where}: cluster ${cluster.name} has a proxy-url, which is not supported; remove it or use a tunnel`,
    );
  const user = users.find((candidate) => candidate.name === context.user) ?? { name: context.user };
  return { cluster, user, namespace: context.namespace ?? "default" };
}

/** client-node reads a `tokenFile` once and relative to the working directory: we keep the path and read it ourselves. */
function parseUsers(raw: unknown, folder: string): User[] {
  const list = Array.isArray(raw) ? (raw as { name: string; user?: Record<string, unknown> }[]) : [];
  const users = newUsers(list.map((entry) => ({ ...entry, user: { ...entry.user, tokenFile: undefined } })));
  return users.map((user, index) => {
    const files = absolute(folder, { certFile: user.certFile, keyFile: user.keyFile });
    const tokenFile = list[index]?.user?.["tokenFile"];
    if (typeof tokenFile !== "string" || user.token) return { ...user, ...files };
    return {
      ...user,
      ...files,
      authProvider: { name: "tokenFile", config: { tokenFile: path.resolve(folder, tokenFile) } },
    };
  });
}

function absolute<T extends Record<string, string | undefined>>(
  folder: string,
  files: T,
): Partial<Record<keyof T, string>> {
  const entries = Object.entries(files).flatMap(([name, file]) =>
    file ? [[name, path.resolve(folder, file)]] : [],
  );
  return Object.fromEntries(entries) as Partial<Record<keyof T, string>>;
}

function inline(cluster: Cluster, user: User): AccessTls {
  const decode = (data: string | undefined): Buffer | undefined =>
    data ? Buffer.from(data, "base64") : undefined;
  const ca = decode(cluster.caData);
  const cert = decode(user.certData);
  const key = decode(user.keyData);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function tokenFileOf(user: User): string | undefined {
  const provider = user.authProvider as { config?: { tokenFile?: unknown } } | undefined;
  const file = provider?.config?.tokenFile;
  return typeof file === "string" ? file : undefined;
}

function exists(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Small files, looked at again every few seconds, read again when their change time moved. */
class FileCache {
  readonly #files = new Map<string, { text: string; stamp: string; checkedAt: number }>();
  #tls: { key: string; tls: AccessTls } | undefined;

  text(file: string): string {
    const known = this.#files.get(file);
    const now = performance.now();
    if (known && now - known.checkedAt < RECHECK_MS) return known.text;
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) {
      // A file being replaced is gone for a moment: the last good text serves until it is back.
      if (known) return known.text;
      throw new Error(`${file}: no such file; give the path of an existing kubeconfig, certificate or token`);
    }
    const stamp = `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
    const text = known?.stamp === stamp ? known.text : readFileSync(file, "utf8");
    this.#files.set(file, { text, stamp, checkedAt: now });
    return text;
  }

  /** The same object as long as no file changed, so that connectors can be shared. */
  tls(
    files: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined },
    base: AccessTls = {},
  ): AccessTls {
    const read = Object.entries(files).flatMap(([name, file]) =>
      file ? [[name, this.text(file)] as const] : [],
    );
    const key = JSON.stringify([
      read,
      base.servername,
      base.rejectUnauthorized,
      String(base.cert ?? ""),
      String(base.ca ?? ""),
    ]);
    if (this.#tls?.key !== key) this.#tls = { key, tls: { ...base, ...Object.fromEntries(read) } };
    return this.#tls.tls;
  }

  forget(): void {
    for (const [file, known] of this.#files) this.#files.set(file, { ...known, checkedAt: -Infinity });
  }
}
