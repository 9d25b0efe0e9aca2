// Who takes part, and what each needs around it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { generate } from "selfsigned";
import {
  type Client,
  CustomResourceDefinition,
  isAlreadyExists,
  Namespace,
} from "../../../controller/engine/index.ts";

export interface ContenderPlan {
  /** Also the name of its file in contenders/. */
  readonly name: string;
  /** It is one of the frameworks in peers/package.json. */
  readonly isPeer?: true;
}

export const CONTENDERS: readonly ContenderPlan[] = [
  { name: "floor" },
  { name: "engine" },
  { name: "client-node" },
  { name: "fluent", isPeer: true },
  { name: "pepr", isPeer: true },
  { name: "dot-i", isPeer: true },
];

/** What Pepr expects of its pod: its namespace, the kind of its store, and a certificate for its web server. */
export async function preparePepr(
  client: Client,
): Promise<{ env: NodeJS.ProcessEnv; remove(): Promise<void> }> {
  const schema = {
    type: "object",
    properties: { data: { type: "object", additionalProperties: { type: "string" } } },
  };
  const store = {
    metadata: { name: "peprstores.pepr.dev" },
    spec: {
      group: "pepr.dev",
      scope: "Namespaced",
      names: { plural: "peprstores", singular: "peprstore", kind: "PeprStore" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  await client.apply(CustomResourceDefinition, store as unknown as CustomResourceDefinition, { force: true });
  await client.create(Namespace, { metadata: { name: "pepr-system" } }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
  // The store is served a moment after its kind is declared.
  await sleep(500);
  const folder = await mkdtemp(path.join(tmpdir(), "provost-bench-pepr-"));
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
  const [keyPath, certPath] = [path.join(folder, "tls.key"), path.join(folder, "tls.crt")];
  await writeFile(keyPath, key, { mode: 0o600 });
  await writeFile(certPath, cert);
  return {
    env: { PEPR_WATCH_MODE: "true", LOG_LEVEL: "error", SSL_KEY_PATH: keyPath, SSL_CERT_PATH: certPath },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
