// What an external database's Secret must hold. Pure.
import type { DatabaseSource } from "./database-source.ts";

export interface DatabaseFault {
  readonly reason: string;
  readonly message: string;
  /** The Secret is there and wrong: waiting will not mend it, a change of it will. */
  readonly terminal: boolean;
}

const FIELD = "spec.database.external.secretRef";
const REQUIRED = ["host", "database", "username", "password"] as const;
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** Everything that is wrong with the Secret's data (base64), or `undefined`. */
export function externalDatabaseFault(
  name: string,
  data: Readonly<Record<string, string>> | undefined,
): DatabaseFault | undefined {
  if (data === undefined)
    return {
      reason: "DatabaseSecretNotFound",
      message: `${FIELD}: Secret ${name} does not exist; make it with the keys ${REQUIRED.join(", ")} (and port, sslmode if needed).`,
      terminal: false,
    };
  const text = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString("utf8");
  const faults: string[] = [];
  const missing = REQUIRED.filter((key) => text(key) === "");
  if (missing.length > 0)
    faults.push(`has no ${missing.join(", ")}: add ${missing.length > 1 ? "these keys" : "this key"}`);
  const port = text("port");
  if (port !== "" && !(/^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    faults.push(`has the port "${port}": give a number from 1 to 65535`);
  const sslmode = text("sslmode");
  if (sslmode !== "" && !SSL_MODES.includes(sslmode))
    faults.push(`has the sslmode "${sslmode}": use one of ${SSL_MODES.join(", ")}`);
  if (faults.length === 0) return undefined;
  return {
    reason: "DatabaseSecretInvalid",
    message: `${FIELD}: Secret ${name} ${faults.join("; it ")}.`,
    terminal: true,
  };
}

/** What of the credentials the runtime reads at its start, in a stable order: pods are replaced when it changes. */
export function credentialsText(
  data: Readonly<Record<string, string>>,
  databaseKey: DatabaseSource["databaseKey"] = "database",
): string {
  const keys = ["host", databaseKey, "username", "password", "port", "sslmode"];
  return JSON.stringify(keys.map((key) => data[key] ?? ""));
}
