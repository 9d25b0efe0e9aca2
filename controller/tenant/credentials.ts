// What the operator makes up for a tenant: tokens and passwords, and in which Secret each lies. Pure, randomness aside.
import { createHmac, randomBytes, randomInt } from "node:crypto";
import type { LmsTenant } from "../../api/index.ts";
import { type Component, DATABASE_PORT, names, namespaceOf } from "./names.ts";

/** Key in the accounts Secret of the key that fingerprints passwords. No user name can begin with a dot. */
export const FINGERPRINT_KEY = ".fingerprint-key";

/** A Secret of the operator's making. */
export interface GeneratedSecret {
  readonly name: string;
  readonly component: Component;
  /** What it is in a sentence. */
  readonly title: string;
  /** False: it must outlive the tenant, as the database it belongs to does. */
  readonly owned: boolean;
  /** Makes the value of each key; called only for keys that are not there. */
  readonly values: Readonly<Record<string, () => string>>;
}

/** The Secrets of a tenant, whether they exist or not. */
export function generatedSecrets(tenant: LmsTenant): GeneratedSecret[] {
  const name = names(tenant.metadata.name);
  // Accounts and their passwords live in the database: what is kept or removed with it goes for them too (ADR 5).
  const owned = tenant.spec.deletionPolicy === "Delete";
  const secrets: GeneratedSecret[] = [
    {
      name: name.adminSecret,
      component: "lms",
      title: "the token of the admin API",
      owned: true,
      values: { token },
    },
    {
      name: name.accountsSecret,
      component: "directory",
      title: "the first passwords of accounts",
      owned,
      values: {
        [FINGERPRINT_KEY]: token,
        ...Object.fromEntries(generatedAccounts(tenant).map((user) => [user, password])),
      },
    },
  ];
  if (tenant.spec.database.standalone)
    secrets.push({
      name: name.databaseSecret,
      component: "database",
      title: "the credentials of the database",
      owned,
      values: {
        host: () => `${name.database}.${namespaceOf(tenant)}.svc`,
        port: () => String(DATABASE_PORT),
        database: () => "lms",
        username: () => "lms",
        password: token,
      },
    });
  return secrets;
}

/** Names of the declared users whose password the operator makes. */
export function generatedAccounts(tenant: LmsTenant): string[] {
  return (tenant.spec.users ?? []).filter((user) => !user.passwordSecretRef).map((user) => user.name);
}

/** Says whether a password is the same as before without saying what it is. */
export function fingerprint(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("hex").slice(0, 32);
}

/** 256 bits for programs. */
function token(): string {
  return randomBytes(32).toString("base64url");
}

/** Letters and digits that are not taken for one another when somebody types them. */
const READABLE = "abcdefghjkmnpqrstuvwxyz23456789";

/** 79 bits for people: `k7fm-x2qa-9hdt-wbn4`. */
function password(): string {
  const group = (): string => Array.from({ length: 4 }, () => READABLE[randomInt(READABLE.length)]).join("");
  return [group(), group(), group(), group()].join("-");
}
