// The contract of the official `postgres` image: what its variables and arguments mean. Pure.
// https://hub.docker.com/_/postgres ("Environment Variables")
export interface PostgresSettings {
  user: string;
  /** Absent only with `POSTGRES_HOST_AUTH_METHOD=trust`. */
  password: string | undefined;
  database: string;
  dataDir: string;
  authMethod: string;
  /** For the server, after those that belong to the sandbox. */
  args: readonly string[];
}

/** A value, or the content of the file that `<name>_FILE` names. */
function valueOf(
  env: Readonly<Record<string, string>>,
  name: string,
  readFile: (path: string) => string,
): string | undefined {
  const file = env[`${name}_FILE`];
  if (file === undefined || file === "") return env[name] === "" ? undefined : env[name];
  if (env[name]) throw new Error(`both ${name} and ${name}_FILE are set; set one of them`);
  return readFile(file).trimEnd();
}

/** Reads variables and arguments; throws with the remedy when the container cannot be started with them. */
export function postgresSettings(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  readFile: (path: string) => string,
  defaultDataDir: string,
): PostgresSettings {
  const user = valueOf(env, "POSTGRES_USER", readFile) ?? "postgres";
  const password = valueOf(env, "POSTGRES_PASSWORD", readFile);
  const authMethod = env["POSTGRES_HOST_AUTH_METHOD"] || "scram-sha-256";
  if (password === undefined && authMethod !== "trust") {
    throw new Error(
      "POSTGRES_PASSWORD is not set: the database would have a superuser without a password; set it, " +
        'or POSTGRES_HOST_AUTH_METHOD to "trust" when everybody on this machine may connect',
    );
  }
  const [first, ...rest] = args;
  const serverArgs = first === "postgres" ? rest : args;
  if (first !== undefined && first !== "postgres" && !first.startsWith("-")) {
    throw new Error(`the postgres image of the sandbox runs the server only, not "${first}"`);
  }
  return {
    user,
    password,
    database: valueOf(env, "POSTGRES_DB", readFile) ?? user,
    dataDir: env["PGDATA"] || defaultDataDir,
    authMethod,
    args: serverArgs,
  };
}

/** Who may connect and how: over TCP with a password. There is no socket, and no address is trusted. */
export const hostRules = (authMethod: string): string =>
  [
    "# Written when the database was made. Every pod has a loopback address here, so none is trusted for that.",
    "# TYPE  DATABASE  USER  ADDRESS  METHOD",
    `host  all  all  all  ${authMethod}`,
    `host  replication  all  all  ${authMethod}`,
    "",
  ].join("\n");

const literal = (text: string): string =>
  `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll("\n", "\\n")}'`;
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/**
 * What turns a fresh cluster into the declared one, for `postgres --single -j`: its commands end with a semicolon
 * and an empty line.
 */
export function firstCommands({ user, password, database }: PostgresSettings): string {
  const commands = [
    ...(password === undefined ? [] : [`ALTER ROLE ${identifier(user)} PASSWORD ${literal(password)}`]),
    ...(database === "postgres" ? [] : [`CREATE DATABASE ${identifier(database)}`]),
  ];
  return commands.map((command) => `${command};\n\n`).join("");
}
