// The database's place as libpq's variables tell it.
import { readFileSync } from "node:fs";
import type { DatabaseConfig } from "./database.ts";

/**
 * Reads PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE and PGSSLROOTCERT (libpq: "Environment Variables").
 * Throws an error naming the variable, its value and what it may be.
 */
export function databaseConfigFromEnv(env: NodeJS.ProcessEnv): DatabaseConfig {
  const port = env["PGPORT"];
  if (port !== undefined && !/^[0-9]{1,5}$/.test(port))
    throw new Error(`PGPORT is "${port}": give a port number between 1 and 65535`);
  const ssl = sslOf(env["PGSSLMODE"] ?? "prefer", env["PGSSLROOTCERT"]);
  return {
    ...(env["PGHOST"] !== undefined && { host: env["PGHOST"] }),
    ...(port !== undefined && { port: Number(port) }),
    ...(env["PGDATABASE"] !== undefined && { database: env["PGDATABASE"] }),
    ...(env["PGUSER"] !== undefined && { user: env["PGUSER"] }),
    ...(env["PGPASSWORD"] !== undefined && { password: env["PGPASSWORD"] }),
    ssl,
  };
}

/** pg speaks TLS or it does not: it has no fallback, so `allow` and `prefer` mean plain text, as on a pod network. */
function sslOf(mode: string, rootCertificate: string | undefined): DatabaseConfig["ssl"] {
  const ca = rootCertificate === undefined ? {} : { ca: readFileSync(rootCertificate, "utf8") };
  switch (mode) {
    case "disable":
    case "allow":
    case "prefer":
      return false;
    case "require":
      // libpq: `require` checks the certificate only when a root certificate is given.
      return rootCertificate === undefined
        ? { rejectUnauthorized: false }
        : { ...ca, checkServerIdentity: () => undefined };
    case "verify-ca":
      return { ...ca, checkServerIdentity: () => undefined };
    case "verify-full":
      return ca;
    default:
      throw new Error(
        `PGSSLMODE is "${mode}": use disable, prefer, require, verify-ca or verify-full (libpq's words)`,
      );
  }
}
