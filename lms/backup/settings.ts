// What a backup run is told by its environment: every variable checked, every fault told at once.
import { BACKUP_ENVIRONMENT, parseLocation, type Retention } from "../../api/index.ts";
import type { DatabaseConfig } from "../db/database.ts";
import { variables, withoutUndefined } from "./variables.ts";

export interface BackupSettings {
  readonly database: DatabaseConfig;
  /** See `parseLocation`. */
  readonly location: string;
  readonly site: string;
  readonly id: string;
  readonly origin: "schedule" | "manual";
  readonly expiresAt?: string;
  readonly recipients: readonly string[];
  readonly retention?: Retention;
}

/** A name of Kubernetes, which is a safe key of an object, too. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** Whether one is well formed in its checksum, too, is found out where it is used. */
const RECIPIENT = /^age1[a-z0-9]{10,}$/;

/** @throws SettingsError */
export function backupSettings(env: NodeJS.ProcessEnv): BackupSettings {
  const read = variables(env);
  const { location, site, id, origin, expiresAt, recipients, retention } = BACKUP_ENVIRONMENT;
  const settings = {
    database: read.database(),
    location: read.required(location, "a folder or a bucket, such as file:///backups", (value) => {
      parseLocation(value);
      return value;
    }),
    site: read.required(site, "namespace and name of the site, such as academy/main", siteName),
    id: read.required(id, "a name for the backup, such as nightly-20261126", idName),
    origin: read.required(origin, "schedule or manual", originWord),
    expiresAt: read.given(expiresAt, time),
    recipients: read.given(recipients, recipientList) ?? [],
    retention: read.given(retention, retentionPolicy),
  };
  if (settings.expiresAt !== undefined && settings.origin === "schedule")
    read.fault(
      `${expiresAt} is "${settings.expiresAt}": a scheduled backup is kept by ${retention}; leave it out, or make ${origin} manual`,
    );
  read.check();
  // Every part that is required and missing was among the faults.
  return withoutUndefined(settings) as BackupSettings;
}

/** @throws Error with what it may be */
export function siteName(value: string): string {
  const parts = value.split("/");
  if (parts.length === 2 && parts.every((part) => NAME.test(part))) return value;
  throw new Error("give namespace/name, such as academy/main, in lower case");
}

/** @throws Error with what it may be */
export function idName(value: string): string {
  if (NAME.test(value)) return value;
  throw new Error("give lower case letters, digits, dots and inner hyphens");
}

function originWord(value: string): "schedule" | "manual" {
  if (value === "schedule" || value === "manual") return value;
  throw new Error("give schedule or manual");
}

/** @throws Error with what it may be */
export function time(value: string): string {
  if (TIME.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new Error("give a time such as 2026-12-24T18:00:00Z");
}

/** @throws Error with what it may be */
export function recipientList(value: string): string[] {
  const list = value.split(",").map((recipient) => recipient.trim());
  if (list.some((recipient) => /^AGE-SECRET-KEY-/i.test(recipient)))
    throw new Error("this is a secret key: give the public one that belongs to it, age1…");
  if (list.every((recipient) => RECIPIENT.test(recipient))) return list;
  throw new Error("give public keys of age, age1…, with commas between them");
}

const COUNTS = ["keepLast", "daily", "weekly", "monthly"] as const;

/** Reads a {@link Retention} from its JSON. @throws Error with what it may be */
export function retentionPolicy(value: string): Retention {
  const example =
    'give an object such as {"keepLast":3,"daily":7,"weekly":4,"monthly":12,"timeZone":"Europe/Berlin"}';
  let policy: Record<string, unknown>;
  try {
    policy = JSON.parse(value) as Record<string, unknown>;
  } catch {
    throw new Error(`it is not JSON: ${example}`);
  }
  if (typeof policy !== "object" || policy === null || Array.isArray(policy)) throw new Error(example);
  for (const [name, entry] of Object.entries(policy)) {
    if (name === "timeZone") checkTimeZone(entry);
    else if (!COUNTS.some((count) => count === name))
      throw new Error(`it has the unknown field ${name}: ${example}`);
    else if (!Number.isInteger(entry) || (entry as number) < (name === "keepLast" ? 1 : 0))
      throw new Error(`${name} must be a whole number from ${name === "keepLast" ? 1 : 0}`);
  }
  if (policy["keepLast"] === undefined) throw new Error(`keepLast is missing: ${example}`);
  return policy as unknown as Retention;
}

function checkTimeZone(name: unknown): void {
  try {
    if (typeof name === "string") return void new Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    // Told below.
  }
  throw new Error(`timeZone ${JSON.stringify(name)} is unknown: give an IANA name such as Europe/Berlin`);
}
