// Which cluster the suites run on, and what it can do: named by KUBECONFIG (any cluster) or KUBEBUILDER_ASSETS (a
// folder with kube-apiserver and etcd, as envtest has it). Without either the suites skip and say so.
import { randomBytes } from "node:crypto";
import { afterAll, describe } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { type KubeObject, Namespace, resourceType } from "../../../controller/engine/index.ts";
import { TestCluster } from "../../support/cluster.ts";
import { hasKubectl } from "./kubectl.ts";
import { startEnvtest } from "./envtest.ts";

/** The image of operator and LMS that the node runs. */
export const IMAGE = process.env["PROVOST_IMAGE"] ?? `provost/provost:${packageJson.version}`;

/** The image of another release: the same repository, another tag. */
export const imageOf = (version: string): string => IMAGE.replace(/:[^:/]*$/, `:${version}`);

const Node = resourceType<KubeObject & { status?: NodeStatus }>({
  group: "",
  version: "v1",
  plural: "nodes",
  kind: "Node",
  namespaced: false,
});

interface NodeStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly images?: readonly { readonly names?: readonly string[] }[];
}

/** What a suite needs of a cluster beside an API server. */
export interface Needs {
  /** A node that runs pods and has our image. */
  readonly pods?: boolean;
  /** kubectl on this machine. */
  readonly kubectl?: boolean;
  /** Versions of other releases whose images the node must have too. */
  readonly releases?: readonly string[];
}

/** A cluster with what a suite needs. */
export interface Found {
  readonly cluster: TestCluster;
  readonly kubeconfig: string;
}

/**
 * Declares a suite on the cluster that is found; without one, or when it lacks what the suite needs, the suite is
 * skipped and says why.
 */
export async function describeOnCluster(
  name: string,
  needs: Needs,
  tell: (found: Found) => void,
): Promise<void> {
  const found = await findCluster(needs);
  if (typeof found === "string") {
    console.log(`skipped: ${name}: ${found}`);
    // Only declared, never run.
    describe.skip(name, () => tell({} as Found));
    return;
  }
  describe(name, () => {
    afterAll(() => found.stop());
    tell(found);
  });
}

/** Finds the cluster, or says what is missing. */
async function findCluster(needs: Needs): Promise<(Found & { stop(): Promise<void> }) | string> {
  const opened = await open();
  if (!opened)
    return "no cluster is named: set KUBECONFIG, or KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd";
  const cluster = await TestCluster.connect(opened.kubeconfig);
  const missing =
    (needs.kubectl && !hasKubectl()
      ? "there is no kubectl on the PATH (Debian: kubernetes-client)"
      : undefined) ?? (needs.pods ? await missingForPods(cluster, needs.releases) : undefined);
  if (missing === undefined) return { ...opened, cluster };
  await opened.stop();
  return missing;
}

async function open(): Promise<{ kubeconfig: string; stop(): Promise<void> } | undefined> {
  const kubeconfig = process.env["KUBECONFIG"];
  if (kubeconfig) return { kubeconfig, stop: async () => {} };
  const assets = process.env["KUBEBUILDER_ASSETS"];
  return assets ? startEnvtest(assets) : undefined;
}

/** What keeps our pods from running. An image named on purpose is somebody's word that they can run: then it throws. */
async function missingForPods(
  cluster: TestCluster,
  releases: readonly string[] = [],
): Promise<string | undefined> {
  const named = process.env["PROVOST_IMAGE"] !== undefined;
  const nodes = (await cluster.client.list(Node)).items;
  const ready = nodes.filter((node) =>
    node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  if (ready.length === 0) {
    const missing = "the cluster has no node that is Ready, so no pod can run";
    if (named) throw new Error(`PROVOST_IMAGE is set, but ${missing}`);
    return missing;
  }
  if (named) return undefined;
  const names = ready.flatMap((node) => node.status?.images?.flatMap((image) => image.names ?? []) ?? []);
  const lacking = [IMAGE, ...releases.map(imageOf)].find(
    (image) => !names.some((name) => name === image || name.endsWith(`/${image}`)),
  );
  return lacking === undefined
    ? undefined
    : `no node has the image ${lacking}: load it (test/cluster/images), or name the one of this checkout that can be pulled in PROVOST_IMAGE`;
}

/** A namespace of its own for a suite. Deleting it takes everything in it along. */
export async function freshNamespace(cluster: TestCluster, purpose: string): Promise<string> {
  const name = `${purpose}-${randomBytes(4).toString("hex")}`;
  await cluster.client.create(Namespace, { metadata: { name } });
  return name;
}
