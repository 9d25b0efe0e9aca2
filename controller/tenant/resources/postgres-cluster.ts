import type { LmsTenant } from "../../../api/index.ts";
import { childMeta, names } from "../names.ts";
import type { PostgresCluster } from "../optional/kinds.ts";

type Declared = NonNullable<LmsTenant["spec"]["database"]["cloudNativePg"]>;

/** PostgreSQL as CloudNativePG runs it. What is not declared here (images, parameters, backups) is anybody's to add. */
export function postgresCluster(tenant: LmsTenant, { instances, storage }: Declared): PostgresCluster {
  return {
    apiVersion: "postgresql.cnpg.io/v1",
    kind: "Cluster",
    metadata: childMeta(tenant, names(tenant.metadata.name).database, "database"),
    spec: {
      instances,
      storage: {
        size: storage.size,
        ...(storage.className === undefined ? {} : { storageClass: storage.className }),
      },
      bootstrap: { initdb: { database: "lms", owner: "lms" } },
    },
  };
}
