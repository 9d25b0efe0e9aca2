// The age format (https://age-encryption.org/v1): to public keys, so that who makes backups cannot read them.
import { ReadableStream } from "node:stream/web";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import { blaming, type Bytes } from "./archive-stream.ts";
import { BackupError } from "./backup-error.ts";

export type Stage = (source: Bytes) => Bytes;

/**
 * The stage that encrypts to recipients, `age1…`; each use has a key of its own.
 * @throws BackupError that names the recipient that is none
 */
export function encryptionTo(recipients: readonly string[]): Stage {
  const encrypter = new Encrypter();
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new BackupError(
        "InvalidSettings",
        `recipient "${/secret/i.test(recipient) ? "…" : recipient}" is not a public key of age (${(error as Error).message}): give what age-keygen calls the public key, age1…`,
      );
    }
  return async function* (source) {
    yield* await encrypter.encrypt(webStream(source));
  };
}

/**
 * The stage that decrypts what is encrypted to `recipients`, with any of `identities`, `AGE-SECRET-KEY-1…`.
 * @throws BackupError when none of them fits; it repeats none
 */
export async function decryptionWith(
  identities: readonly string[],
  recipients: readonly string[],
): Promise<Stage> {
  const wanted = `the backup is encrypted to ${recipients.join(", ")}`;
  const refused = (why: string): BackupError =>
    new BackupError("WrongKey", `${wanted}; ${why}: give the secret key of one of them`);
  if (identities.length === 0) throw refused("no secret key is given");
  const decrypter = new Decrypter();
  const owned: string[] = [];
  for (const [at, identity] of identities.entries())
    try {
      decrypter.addIdentity(identity);
      owned.push(await identityToRecipient(identity));
    } catch {
      throw refused(`key ${at + 1} of ${identities.length} is not a secret key of age`);
    }
  // Asked first: a header that was touched and a key that does not fit look the same later.
  if (!owned.some((recipient) => recipients.includes(recipient)))
    throw refused(`the keys given are those of ${owned.join(", ")}`);
  return (source) =>
    blaming(source, "is not what age wrote", (watched) => decrypter.decrypt(webStream(watched)));
}

/** Read as it is asked for: nothing waits in it. */
const webStream = (source: Bytes) =>
  ReadableStream.from(source) as globalThis.ReadableStream<Uint8Array<ArrayBuffer>>;
