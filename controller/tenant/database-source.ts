// Which Secret leads the LMS to its database, and under which keys. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { names } from "./names.ts";

/** A Secret with the keys `host`, `port`, `username`, `password` and the database's name. */
export interface DatabaseSource {
  readonly secret: string;
  readonly databaseKey: "database" | "dbname";
  /** Mode of libpq, or the key that may hold one. */
  readonly sslmode: { readonly value: string } | { readonly key: string };
  /** The operator makes up the credentials itself: they are there before anything is. */
  readonly ours: boolean;
}

/** Where the LMS of a tenant finds its database. */
export function databaseSource({ metadata, spec }: LmsTenant): DatabaseSource {
  const { databaseSecret, appSecret } = names(metadata.name);
  const { external, cloudNativePg } = spec.database;
  if (external)
    return {
      secret: external.secretRef.name,
      databaseKey: "database",
      sslmode: { key: "sslmode" },
      ours: false,
    };
  // Its servers always speak TLS, under an authority of their own (CloudNativePG docs: "Certificates").
  if (cloudNativePg)
    return { secret: appSecret, databaseKey: "dbname", sslmode: { value: "require" }, ours: false };
  // Our own database is reached inside the cluster behind a NetworkPolicy and has no certificate.
  return { secret: databaseSecret, databaseKey: "database", sslmode: { value: "disable" }, ours: true };
}
