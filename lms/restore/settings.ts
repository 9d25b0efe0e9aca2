// What a restore is told by its environment.
import {
  BACKUP_ENVIRONMENT,
  parseLocation,
  RESTORE_ENVIRONMENT,
  RESTORE_MODES,
  type RestoreMode,
  SOURCE_PREFIX,
} from "../../api/index.ts";
import { idName, recipientList, siteName, time } from "../backup/settings.ts";
import { variables, withoutUndefined } from "../backup/variables.ts";
import type { DatabaseConfig } from "../db/database.ts";

export interface RestoreSettings {
  readonly mode: RestoreMode;
  readonly database: DatabaseConfig;
  /** See `parseLocation`. */
  readonly location: string;
  /** Environment for the destination the backup lies in. */
  readonly sourceEnv: NodeJS.ProcessEnv;
  readonly path: string;
  readonly digest?: string;
  readonly id: string;
  readonly identities: readonly string[];
  readonly anonymize: boolean;
  /** With `in-place`. */
  readonly safety?: SafetySettings;
}

export interface SafetySettings {
  readonly location: string;
  readonly site: string;
  readonly id: string;
  readonly expiresAt?: string;
  readonly recipients: readonly string[];
}

/** @throws SettingsError with every fault */
export function restoreSettings(env: NodeJS.ProcessEnv): RestoreSettings {
  const read = variables(env);
  const name = RESTORE_ENVIRONMENT;
  const location = (value: string): string => {
    parseLocation(value);
    return value;
  };
  const settings = {
    mode: read.required(name.mode, RESTORE_MODES.join(", "), modeWord),
    database: read.database(),
    location: read.required(name.location, "a folder or a bucket, such as file:///backups", location),
    sourceEnv: sourceEnvironment(env),
    path: read.required(name.path, "the backup's folder, such as academy/main/nightly-1a2b3c4d", folderName),
    digest: read.given(name.digest, digestText),
    id: read.required(name.id, "a name for the restore", idName),
    identities: read.given(name.identities, identityList) ?? [],
    anonymize: read.given(name.anonymize, yes) ?? false,
  };
  if (settings.anonymize && settings.mode === "in-place")
    read.fault(
      `${name.anonymize} is "true" with ${name.mode} in-place: a site in use is not made anonymous; restore into an empty database`,
    );
  const backup = BACKUP_ENVIRONMENT;
  const safety =
    settings.mode === "in-place"
      ? {
          location: read.required(backup.location, "where the safety backup goes", location),
          site: read.required(backup.site, "namespace and name of the site, such as academy/main", siteName),
          id: read.required(backup.id, "a name for the safety backup", idName),
          expiresAt: read.given(backup.expiresAt, time),
          recipients: read.given(backup.recipients, recipientList) ?? [],
        }
      : undefined;
  read.check();
  // Every part that is required and missing was among the faults.
  return withoutUndefined({
    ...settings,
    safety: safety && withoutUndefined(safety),
  }) as RestoreSettings;
}

/** Credentials with the prefix are the source's; without any, those of the AWS SDK's own names. */
function sourceEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => name.startsWith(`${SOURCE_PREFIX}AWS_`));
  if (own.length === 0) return env;
  const others = Object.entries(env).filter(([name]) => !name.startsWith("AWS_"));
  return Object.fromEntries([
    ...others,
    ...own.map(([name, value]) => [name.slice(SOURCE_PREFIX.length), value] as const),
  ]);
}

function modeWord(value: string): RestoreMode {
  const mode = RESTORE_MODES.find((known) => known === value);
  if (mode) return mode;
  throw new Error(`give one of ${RESTORE_MODES.join(", ")}`);
}

function folderName(value: string): string {
  const parts = value.split("/");
  const [namespace = "", site = "", id = ""] = parts;
  if (parts.length !== 3) throw new Error("give namespace/name/id, such as academy/main/nightly-1a2b3c4d");
  siteName(`${namespace}/${site}`);
  idName(id);
  return value;
}

function digestText(value: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return value;
  throw new Error("give sha256: and 64 hexadecimal digits");
}

function yes(value: string): boolean {
  if (value === "true" || value === "false") return value === "true";
  throw new Error("give true or false");
}

/** The keys of an identity file, as age-keygen writes it: a key to a line, and comments. */
export function identityList(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  // The line that is wrong may be a key all the same: it is not repeated.
  if (keys.length > 0 && keys.every((key) => key.startsWith("AGE-SECRET-KEY-1"))) return keys;
  throw new Error("it must have a secret key of age (AGE-SECRET-KEY-1…) to a line");
}
