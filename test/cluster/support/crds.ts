// Installs crds/*.yaml and waits until the API server serves them.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { CustomResourceDefinition, type Live } from "../../../controller/engine/index.ts";
import type { TestCluster } from "../../support/cluster.ts";

const FOLDER = new URL("../../../crds/", import.meta.url);

/** Names of the files under crds/. */
export const CRD_FILES: readonly string[] = readdirSync(fileURLToPath(FOLDER)).filter((name) =>
  name.endsWith(".yaml"),
);

/** The CRD a file declares. */
export function readCrd(file: string): CustomResourceDefinition {
  return parse(readFileSync(new URL(file, FOLDER), "utf8")) as CustomResourceDefinition;
}

/** Creates a CRD or brings it up to date; resolves to it when the API server serves it. */
export async function installCrd(
  cluster: TestCluster,
  crd: CustomResourceDefinition,
): Promise<Live<CustomResourceDefinition>> {
  const { client } = cluster;
  const key = { namespace: "", name: crd.metadata?.name ?? "" };
  const live = await client.find(CustomResourceDefinition, key);
  if (!live) await client.create(CustomResourceDefinition, crd);
  else if (JSON.stringify(live.spec) !== JSON.stringify(crd.spec))
    await client.replace(CustomResourceDefinition, { ...live, spec: crd.spec });
  return cluster.until(`CRD ${key.name} is established`, async () => {
    const now = await client.get(CustomResourceDefinition, key);
    const established = now.status?.conditions?.find(({ type }) => type === "Established");
    return established?.status === "True" ? now : undefined;
  });
}

/** Installs every CRD. */
export async function installCrds(cluster: TestCluster): Promise<void> {
  for (const file of CRD_FILES) await installCrd(cluster, readCrd(file));
}
