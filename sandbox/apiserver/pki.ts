// The server's own certificate authority, certificate and bearer token, kept in a folder and reused.
import { randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

/** What the server shows and what clients need to trust it. */
export interface Pki {
  /** PEM of the certificate authority. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly token: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 10 * 365;
const serverDays = 365;
/** Renewed this long before it runs out, so that no running server is caught by it. */
const renewBeforeDays = 60;

const readOr = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

/** Writes so that a reader, or a crash, never meets half a file. */
export const writePrivate = (path: string, text: string): void => {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
};

const stillGood = (pem: string | undefined, issuer?: string): boolean => {
  if (pem === undefined) return false;
  try {
    const certificate = new X509Certificate(pem);
    const left = Date.parse(certificate.validTo) - Date.now();
    const signed = issuer === undefined || certificate.verify(new X509Certificate(issuer).publicKey);
    return signed && left > renewBeforeDays * dayMs;
  } catch {
    return false;
  }
};

const validity = (days: number): { notBeforeDate: Date; notAfterDate: Date } => ({
  // A clock that is set back a little must not make a fresh certificate invalid.
  notBeforeDate: new Date(Date.now() - dayMs),
  notAfterDate: new Date(Date.now() + days * dayMs),
});

const newAuthority = async (): Promise<{ cert: string; key: string }> => {
  const made = await generate([{ name: "commonName", value: "provost-sandbox-ca" }], {
    keyType: "ec",
    algorithm: "sha256",
    ...validity(authorityDays),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
};

const newServer = async (ca: { cert: string; key: string }): Promise<{ cert: string; key: string }> => {
  const made = await generate([{ name: "commonName", value: "provost-sandbox" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca,
    ...validity(serverDays),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 2, value: "kubernetes.default.svc" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
};

/** Reads keys, certificates and token from `folder`; makes what is absent, broken or about to run out. */
export const loadPki = async (folder: string): Promise<Pki> => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);
  const pair = async (
    name: string,
    issuer: string | undefined,
    make: () => Promise<{ cert: string; key: string }>,
  ): Promise<{ cert: string; key: string }> => {
    const [cert, key] = [readOr(at(`${name}.crt`)), readOr(at(`${name}.key`))];
    if (cert !== undefined && key !== undefined && stillGood(cert, issuer)) return { cert, key };
    const made = await make();
    writePrivate(at(`${name}.key`), made.key);
    writePrivate(at(`${name}.crt`), made.cert);
    return made;
  };
  const ca = await pair("ca", undefined, newAuthority);
  const server = await pair("server", ca.cert, () => newServer(ca));
  let token = readOr(at("token"))?.trim();
  if (!token) writePrivate(at("token"), (token = randomBytes(32).toString("base64url")));
  return { ca: ca.cert, cert: server.cert, key: server.key, token };
};
