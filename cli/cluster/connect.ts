// The cluster that a command speaks to: the one that is named, or the sandbox of this folder.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Client, ResourceType } from "../../controller/engine/index.ts";
import type { LmsTenant } from "../../controller/kinds.ts";
import { UsageError } from "../usage-error.ts";

export interface Cluster {
  readonly client: Client;
  readonly LmsTenant: ResourceType<LmsTenant>;
}

/** @param kubeconfig file; default $KUBECONFIG, else the sandbox's */
export async function connect(kubeconfig: string | undefined): Promise<Cluster> {
  const { createClient, loadAccess } = await import("../../controller/engine/index.ts");
  const { LmsTenant } = await import("../../controller/kinds.ts");
  const access = await loadAccess({
    kubeconfig: kubeconfig ?? process.env["KUBECONFIG"] ?? sandboxKubeconfig(),
  });
  return { client: createClient({ access, fieldManager: "provost-cli" }), LmsTenant };
}

function sandboxKubeconfig(): string {
  const path = resolve(".provost/kubeconfig");
  if (existsSync(path)) return path;
  throw new UsageError(
    "no cluster is named: give --kubeconfig, set KUBECONFIG, or start a sandbox in this folder",
  );
}
