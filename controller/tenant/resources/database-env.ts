// How a container of the runtime's image finds the tenant's database: libpq's variables, from a Secret. Pure.
import type { LmsTenant } from "../../../api/index.ts";
import { databaseSource } from "../database-source.ts";

/** Environment of a container that speaks to the database. */
export function databaseEnv(tenant: LmsTenant) {
  const { secret, databaseKey, sslmode } = databaseSource(tenant);
  const from = (variable: string, key: string, optional = false) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key, ...(optional ? { optional } : {}) } },
  });
  return [
    from("PGHOST", "host"),
    from("PGPORT", "port", true),
    from("PGDATABASE", databaseKey),
    from("PGUSER", "username"),
    from("PGPASSWORD", "password"),
    "key" in sslmode ? from("PGSSLMODE", sslmode.key, true) : { name: "PGSSLMODE", value: sslmode.value },
  ];
}
