// The runtime's configuration: RUNTIME_ENVIRONMENT of the contract and libpq's variables, checked with clear words.
import { RUNTIME_ENVIRONMENT } from "../api/index.ts";
import { type DatabaseConfig, databaseConfigFromEnv } from "./db/index.ts";

export interface LmsConfig {
  readonly host: string;
  readonly httpPort: number;
  readonly adminPort: number;
  readonly adminTokenDir: string;
  readonly lingerMs: number;
  readonly logLevel: string;
  readonly database: DatabaseConfig;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

/** Reads the environment; throws an error naming variable, value and remedy. Port 0 means any free port. */
export function configFromEnv(env: NodeJS.ProcessEnv): LmsConfig {
  const name = RUNTIME_ENVIRONMENT;
  const port = (variable: string, fallback: number): number => {
    const value = env[variable];
    if (value === undefined || value === "") return fallback;
    if (!/^[0-9]{1,5}$/.test(value) || Number(value) > 65535)
      throw new Error(`${variable} is "${value}": give a port number between 0 and 65535`);
    return Number(value);
  };
  const adminTokenDir = env[name.adminTokenDir];
  if (adminTokenDir === undefined || adminTokenDir === "")
    throw new Error(
      `${name.adminTokenDir} is not set: name the folder with the file "token" (and, during a rotation, "token-previous")`,
    );
  const linger = env[name.lingerSeconds] ?? "0";
  if (!/^[0-9]{1,2}$/.test(linger))
    throw new Error(`${name.lingerSeconds} is "${linger}": give whole seconds between 0 and 99`);
  const logLevel = env[name.logLevel] ?? "info";
  if (!LOG_LEVELS.includes(logLevel))
    throw new Error(`${name.logLevel} is "${logLevel}": use one of ${LOG_LEVELS.join(", ")}`);
  return {
    host: env[name.host] ?? "0.0.0.0",
    httpPort: port(name.httpPort, 8080),
    adminPort: port(name.adminPort, 8081),
    adminTokenDir,
    lingerMs: Number(linger) * 1_000,
    logLevel,
    database: databaseConfigFromEnv(env),
  };
}
