// argon2id with OWASP's parameters (Password Storage Cheat Sheet: m=19 MiB, t=2, p=1), loaded when first needed.
import type * as Argon2 from "@node-rs/argon2";

const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

let library: Promise<typeof Argon2> | undefined;
const argon2 = (): Promise<typeof Argon2> => (library ??= import("@node-rs/argon2"));

/** PHC string of a password (22 ms and 19 MiB on a pool thread). */
export async function hashPassword(password: string): Promise<string> {
  return (await argon2()).hash(password, PARAMETERS);
}

let decoy: Promise<string> | undefined;

/**
 * Whether the password fits the hash. Without a hash (no such account, no password set) the same work is done against
 * a decoy and the answer is no, so that the time taken tells nothing (OWASP Authentication Cheat Sheet).
 */
export async function verifyPassword(hash: string | null | undefined, password: string): Promise<boolean> {
  const { verify } = await argon2();
  if (hash != null) return verify(hash, password);
  decoy ??= hashPassword("no account has this password");
  await verify(await decoy, password);
  return false;
}

/** Hashes several passwords, few at a time: each takes a pool thread and 19 MiB. */
export async function hashPasswords(passwords: readonly string[], atOnce = 2): Promise<string[]> {
  const hashes: string[] = new Array<string>(passwords.length);
  const entries = passwords.entries();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, passwords.length) }, async () => {
      for (const [index, password] of entries) hashes[index] = await hashPassword(password);
    }),
  );
  return hashes;
}
