// The official image's variables and arguments: what they mean, and what is refused.
import { expect, test } from "vitest";
import { firstCommands, hostRules, postgresSettings } from "./postgres-settings.ts";

const read = (path: string): string => {
  if (path === "/run/secrets/password") return "from-file\n";
  throw new Error(`no file ${path}`);
};
const settings = (env: Record<string, string>, args: string[] = []) =>
  postgresSettings(env, args, read, "/scratch/data");

test("user and database have the image's defaults", () => {
  expect(settings({ POSTGRES_PASSWORD: "x" })).toMatchObject({ user: "postgres", database: "postgres" });
  expect(settings({ POSTGRES_PASSWORD: "x", POSTGRES_USER: "lms" })).toMatchObject({ database: "lms" });
  expect(settings({ POSTGRES_PASSWORD: "x" }).dataDir).toBe("/scratch/data");
});

test("a password may come from a file, but not from both", () => {
  expect(settings({ POSTGRES_PASSWORD_FILE: "/run/secrets/password" }).password).toBe("from-file");
  const both = { POSTGRES_PASSWORD: "x", POSTGRES_PASSWORD_FILE: "/run/secrets/password" };
  expect(() => settings(both)).toThrow(/both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE/);
});

test("no password is refused, unless trust was asked for in so many words", () => {
  expect(() => settings({})).toThrow(/POSTGRES_PASSWORD is not set/);
  expect(() => settings({ POSTGRES_PASSWORD: "" })).toThrow(/POSTGRES_PASSWORD is not set/);
  expect(settings({ POSTGRES_HOST_AUTH_METHOD: "trust" }).password).toBeUndefined();
});

test("arguments are the server's; another program is refused", () => {
  expect(settings({ POSTGRES_PASSWORD: "x" }, ["-c", "jit=off"]).args).toEqual(["-c", "jit=off"]);
  expect(settings({ POSTGRES_PASSWORD: "x" }, ["postgres", "-c", "jit=off"]).args).toEqual(["-c", "jit=off"]);
  expect(() => settings({ POSTGRES_PASSWORD: "x" }, ["pg_dump"])).toThrow(/runs the server only/);
});

test("names and passwords are quoted, whatever is in them", () => {
  const env = { POSTGRES_USER: 'o"d', POSTGRES_PASSWORD: "it's \\ a\ntrap;\n\n", POSTGRES_DB: "my db" };
  expect(firstCommands(settings(env))).toBe(
    `ALTER ROLE "o""d" PASSWORD E'it''s \\\\ a\\ntrap;\\n\\n';\n\nCREATE DATABASE "my db";\n\n`,
  );
  expect(firstCommands(settings({ POSTGRES_HOST_AUTH_METHOD: "trust" }))).toBe("");
});

test("no address is trusted, not even this machine's own", () => {
  expect(hostRules("scram-sha-256")).not.toMatch(/trust\s*$/m);
});
