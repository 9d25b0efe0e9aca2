// The operator's rights as deploy/ grants them, and a kubeconfig that has them and no others.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import {
  createClient,
  type KubeObject,
  loadAccess,
  type ResourceType,
  resourceType,
  ServiceAccount,
} from "../../../controller/engine/index.ts";
import { LmsTenant } from "../../../controller/kinds.ts";
import type { TestCluster } from "../../support/cluster.ts";
import type { Found } from "./cluster.ts";

/** Where the operator works: all namespaces (deploy/rbac.yaml) or its own (deploy/namespaced/rbac.yaml). */
export type Scope = "cluster" | "namespace";

const FILES: Readonly<Record<Scope, string>> = { cluster: "rbac.yaml", namespace: "namespaced/rbac.yaml" };
/** Tests run the operator outside the cluster. */
const OUTSIDE = "outside/rbac.yaml";
const ACCOUNT = "provost-operator";
const TOKEN_LIVES_SECONDS = 7_200;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What stands in deploy/'s manifests of rights. */
export interface Manifest extends KubeObject {
  readonly kind: string;
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly object[];
}

const rbac = (kind: string, plural: string, namespaced: boolean) =>
  resourceType<Manifest>({
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural,
    kind,
    namespaced,
  });
const TYPES: Readonly<Record<string, ResourceType<Manifest>>> = {
  ServiceAccount: ServiceAccount as unknown as ResourceType<Manifest>,
  Role: rbac("Role", "roles", true),
  RoleBinding: rbac("RoleBinding", "rolebindings", true),
  ClusterRole: rbac("ClusterRole", "clusterroles", false),
  ClusterRoleBinding: rbac("ClusterRoleBinding", "clusterrolebindings", false),
};

/** The resource of a kind that grants rights. */
export function typeOf({ kind }: Manifest): ResourceType<Manifest> {
  const type = TYPES[kind];
  if (!type) throw new Error(`deploy/ grants rights by a ${kind}, which these tests do not know`);
  return type;
}

/** The documents of a manifest under deploy/. */
export function readManifest(file: string): Manifest[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../deploy/${file}`, import.meta.url)), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

export interface Granted {
  /** Signs in as the ServiceAccount of deploy/. */
  readonly kubeconfig: string;
  remove(): Promise<void>;
}

/**
 * Grants the operator of a namespace its rights. As kustomize would, objects are put into the namespace; those of the
 * whole cluster get a name of their own, beside an operator that is installed there.
 * @param edit changes the rules on the way, for tests of what happens without a right
 */
export async function grant(
  { cluster, kubeconfig }: Pick<Found, "cluster" | "kubeconfig">,
  namespace: string,
  scope: Scope,
  edit: (rules: readonly Rule[]) => readonly Rule[] = (rules) => rules,
): Promise<Granted> {
  const outside = readManifest(OUTSIDE).map((one) => (scope === "cluster" ? one : narrowed(one)));
  const manifests = [...readManifest(FILES[scope]), ...outside].map((one) => ({
    ...placed(one, namespace),
    ...(one.rules && { rules: edit(one.rules) }),
  }));
  for (const manifest of manifests) await cluster.client.apply(typeOf(manifest), manifest, { force: true });
  const folder = mkdtempSync(join(tmpdir(), "provost-rights-"));
  const file = join(folder, "kubeconfig");
  const token = await tokenOf(cluster, namespace);
  writeFileSync(file, JSON.stringify(signedInWith(token, kubeconfig, namespace)), { mode: 0o600 });
  await inForce(cluster, file, namespace);
  return {
    kubeconfig: file,
    async remove() {
      rmSync(folder, { recursive: true });
      for (const manifest of manifests) {
        const { name = "", namespace: where = "" } = manifest.metadata ?? {};
        await cluster.client.delete(typeOf(manifest), { namespace: where, name });
      }
    },
  };
}

/** The same rights in one namespace only: the comment in deploy/outside/rbac.yaml. */
const narrowed = (one: Manifest): Manifest =>
  one.kind === "ClusterRoleBinding" ? { ...one, kind: "RoleBinding" } : one;

/** Kinds of deploy/ that stand in no namespace. */
const OF_CLUSTER: ReadonlySet<string> = new Set(["ClusterRole", "ClusterRoleBinding"]);

/** A manifest of deploy/ in another namespace. */
export function placed<T extends Manifest>(one: T, namespace: string): T {
  const name = one.metadata?.name ?? "";
  const { roleRef, subjects } = one;
  return {
    ...one,
    metadata: {
      ...one.metadata,
      ...(OF_CLUSTER.has(one.kind) ? { name: `${name}-${namespace}` } : { name, namespace }),
    },
    ...(roleRef && {
      roleRef: OF_CLUSTER.has(roleRef.kind) ? { ...roleRef, name: `${roleRef.name}-${namespace}` } : roleRef,
    }),
    ...(subjects && { subjects: subjects.map((subject) => ({ ...subject, namespace })) }),
  };
}

/** TokenRequest (authentication.k8s.io/v1). */
async function tokenOf(cluster: TestCluster, namespace: string): Promise<string> {
  const answer = await cluster.client.raw(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${ACCOUNT}/token`,
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: TOKEN_LIVES_SECONDS },
      }),
    },
  );
  return answer.json<{ status: { token: string } }>().status.token;
}

interface Kubeconfig {
  readonly "current-context": string;
  readonly clusters: readonly { readonly name: string; readonly cluster: object }[];
  readonly contexts: readonly { readonly name: string; readonly context: { readonly cluster: string } }[];
}

function signedInWith(token: string, kubeconfig: string, namespace: string): object {
  const config = parse(readFileSync(kubeconfig, "utf8")) as Kubeconfig;
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: config.clusters.filter(({ name }) => name === context?.cluster),
    users: [{ name: ACCOUNT, user: { token } }],
    contexts: [{ name: ACCOUNT, context: { cluster: context?.cluster, user: ACCOUNT, namespace } }],
    "current-context": ACCOUNT,
  };
}

/** API servers take rights up within moments, not at once. */
async function inForce(cluster: TestCluster, kubeconfig: string, namespace: string): Promise<void> {
  const client = createClient({ access: await loadAccess({ kubeconfig }), fieldManager: "test" });
  await cluster.until("the operator's rights are in force", () =>
    client.list(LmsTenant, { namespace }).then(
      () => true,
      () => undefined,
    ),
  );
  await client.close();
}
