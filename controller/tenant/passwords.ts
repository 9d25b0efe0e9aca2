// Which password each declared account has, or what is wrong with the Secrets that should say. Pure.
import type { LmsTenant } from "../../api/index.ts";
import { secretText } from "../environment.ts";
import type { Account } from "./documents.ts";

type Data = { readonly data?: Readonly<Record<string, string>> };

/** What the contract of the admin API takes as a password. */
const SHORTEST = 8;
const LONGEST = 256;

export interface PasswordFault {
  readonly reason: string;
  readonly message: string;
  readonly terminal: boolean;
}

/**
 * Pairs every declared user with a password.
 * @param generated the Secret with the operator's own passwords
 * @param named the Secrets that the users name, by name; missing ones are absent
 */
export function accountsOf(
  tenant: LmsTenant,
  generated: Data,
  named: ReadonlyMap<string, Data>,
): readonly Account[] | PasswordFault {
  const accounts: Account[] = [];
  const missing: string[] = [];
  const wrong: string[] = [];
  for (const [index, user] of (tenant.spec.users ?? []).entries()) {
    const { name, passwordSecretRef: ref } = user;
    const field = `spec.users[${index}].passwordSecretRef`;
    if (!ref) {
      const password = secretText(generated, name);
      if (password === undefined) missing.push(`the password of ${name} is being made`);
      else accounts.push({ user, password });
      continue;
    }
    const secret = named.get(ref.name);
    // `echo secret > file` ends the line; nobody can type a line break into a sign-in form.
    const password = secretText(secret, ref.key)?.replace(/\r?\n$/, "");
    if (secret === undefined)
      missing.push(`${field}: Secret ${ref.name} does not exist; make it with the key "${ref.key}"`);
    else if (password === undefined)
      missing.push(`${field}: Secret ${ref.name} has no key "${ref.key}"; add it`);
    else if (password.length < SHORTEST || password.length > LONGEST)
      wrong.push(
        `${field}: the password in Secret ${ref.name}, key "${ref.key}", has ${password.length} characters; use ${SHORTEST} to ${LONGEST}`,
      );
    else accounts.push({ user, password });
  }
  if (wrong.length > 0) return { reason: "PasswordNotAccepted", message: sentence(wrong), terminal: true };
  if (missing.length > 0)
    return { reason: "PasswordSecretNotFound", message: sentence(missing), terminal: false };
  return accounts;
}

const MOST_NAMED = 5;

function sentence(faults: readonly string[]): string {
  const more = faults.length - MOST_NAMED;
  return `${faults.slice(0, MOST_NAMED).join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
}
