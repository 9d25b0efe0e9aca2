// Why an LMS has no database, in the words of whoever has to mend it. Pure.

/** Where the database is, and the Secret that says so. */
export interface DatabasePlace {
  readonly secret: string;
  /** The Secret's data, base64. */
  readonly data: Readonly<Record<string, string>>;
  readonly defaultPort: number;
}

/** How the LMS begins when its database is what it waits for (lms/main.ts, lms/health/readiness.ts). */
const DATABASE = /^(?:waiting for the database|the database cannot be reached): (.*)$/s;
const SILENT = /^the database did not answer/;

interface Cause {
  readonly said: RegExp;
  readonly what: string;
  readonly check: string;
}

/** By what PostgreSQL, its client and the operating system say. The first that fits is told. */
const CAUSES: readonly Cause[] = [
  {
    said: /\b(ENOTFOUND|EAI_AGAIN)\b/,
    what: "the name is not known",
    check: "the key host",
  },
  {
    said: /\bECONNREFUSED\b/,
    what: "connection refused",
    check: "that PostgreSQL runs there, and the keys host and port",
  },
  {
    said: /\b(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|timeout|did not answer/,
    what: "no answer",
    check: "that firewalls and NetworkPolicies let the LMS through, and the keys host and port",
  },
  {
    said: /no pg_hba\.conf entry|pg_hba\.conf rejects/,
    what: "the server does not take this connection (pg_hba.conf)",
    check:
      "that it lets this user into this database from the cluster's nodes, and whether it asks for sslmode require",
  },
  {
    said: /authentication failed|role "[^"]*" (does not exist|is not permitted to log in)|\bSASL\b|\bSCRAM\b/,
    what: "user name or password is wrong",
    check: "the keys username and password",
  },
  {
    said: /database "[^"]*" does not exist/,
    what: "the server has no database of this name",
    check: "the key database, or create that database",
  },
  {
    said: /permission denied for database/,
    what: "the user may not connect to this database",
    check: "the user's CONNECT privilege, and the keys username and database",
  },
  {
    said: /does not support SSL/,
    what: "the server speaks no TLS, and sslmode asks for it",
    check: "the server's ssl setting, or set the key sslmode to disable on a network that is trusted",
  },
  {
    said: /certificate|altnames/i,
    what: "the server's certificate is not trusted or is for another name",
    check: "the certificate, and the keys sslmode and host",
  },
  {
    said: /too many (clients|connections)|remaining connection slots/,
    what: "the server has no connection left",
    check: "its max_connections and who holds connections",
  },
  {
    said: /is (starting up|shutting down)|recovery mode/,
    what: "the server is starting or stopping",
    check: "the server if this stays",
  },
];

/** Longest that is told of words nobody has foreseen. */
const LONGEST_WORDS = 200;

/**
 * What keeps the LMS from its database, where, and what to check; `undefined` when it waits for something else.
 * No value of the Secret is told but host and port.
 * @param said how the LMS answers its readiness probe
 */
export function databaseTrouble(said: string, place: DatabasePlace): string | undefined {
  const words = SILENT.test(said) ? said : DATABASE.exec(said)?.[1];
  if (words === undefined) return undefined;
  const text = (key: string): string => Buffer.from(place.data[key] ?? "", "base64").toString("utf8");
  const host = text("host");
  const at = `${host.includes(":") ? `[${host}]` : host}:${text("port") || place.defaultPort}`;
  const cause = CAUSES.find(({ said: pattern }) => pattern.test(words));
  const what = cause?.what ?? withoutSecrets(words, [text("password"), text("username")]);
  const check = cause?.check ?? "the server";
  return `The LMS cannot reach its database at ${at}: ${what}. Check ${check} (Secret ${place.secret}). It goes on trying by itself.`;
}

function withoutSecrets(words: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce((told, secret) => told.replaceAll(secret, "…"), words)
    .slice(0, LONGEST_WORDS);
}
