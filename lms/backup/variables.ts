// Reads what a run is told by its environment: every variable checked, every fault told at once.
import type { DatabaseConfig } from "../db/database.ts";
import { databaseConfigFromEnv } from "../db/environment.ts";

/** Each fault of the settings names variable, value and remedy. */
export class SettingsError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join("; "));
    this.name = "SettingsError";
  }
}

export interface Variables {
  /** The value of a variable as `read` makes it; a fault when it throws. `undefined` when there is none. */
  given<T>(name: string, read: (value: string) => T): T | undefined;
  /** As `given`; a fault when there is none. `what`: what to give. */
  required<T>(name: string, what: string, read: (value: string) => T): T | undefined;
  /** The database of libpq's variables; its host and name must be given. */
  database(): DatabaseConfig;
  fault(text: string): void;
  /** @throws SettingsError with all that was found */
  check(): void;
}

export function variables(env: NodeJS.ProcessEnv): Variables {
  const faults: string[] = [];
  const given = <T>(name: string, read: (value: string) => T): T | undefined => {
    const value = env[name];
    if (value === undefined || value === "") return undefined;
    try {
      return read(value);
    } catch (error) {
      faults.push(`${name} is "${shown(value)}": ${(error as Error).message}`);
      return undefined;
    }
  };
  return {
    given,
    required(name, what, read) {
      if (!env[name]) faults.push(`${name} is not set: give ${what}`);
      return given(name, read);
    },
    database() {
      try {
        if (!env["PGHOST"]) faults.push("PGHOST is not set: give the host of the database");
        if (!env["PGDATABASE"]) faults.push("PGDATABASE is not set: give the name of the site's database");
        return databaseConfigFromEnv(env);
      } catch (error) {
        faults.push((error as Error).message);
        return {};
      }
    },
    fault: (text) => void faults.push(text),
    check() {
      if (faults.length > 0) throw new SettingsError(faults);
    },
  };
}

/** Those that have a value. */
export function withoutUndefined<T extends object>(settings: T): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** What somebody put into the wrong variable may be a secret, or long. */
const shown = (value: string): string =>
  (value.length > 60 ? `${value.slice(0, 57)}…` : value).replace(/AGE-SECRET-KEY-\S*/gi, "AGE-SECRET-KEY-…");
