// What an LMS says of its database, in words for whoever has to mend it. The sayings are those of Node and PostgreSQL 18;
// that they really say so is in test/e2e/external-database.test.ts.
import { expect, test } from "vitest";
import { encoded } from "../testing/manifests.ts";
import { databaseTrouble } from "./database-trouble.ts";

const data = { host: "db.example.org", database: "lms", username: "campus", password: "k7fm-x2qa" };
const trouble = (said: string, more: Record<string, string> = {}) =>
  databaseTrouble(said, { secret: "pg", data: encoded({ ...data, ...more }), defaultPort: 5432 });
const waiting = (words: string) => trouble(`waiting for the database: ${words}`);

test.each([
  ["getaddrinfo ENOTFOUND db.example.org", "the name is not known"],
  ["getaddrinfo EAI_AGAIN db.example.org", "the name is not known"],
  ["connect ECONNREFUSED 10.1.2.3:5432", "connection refused"],
  ["connect ETIMEDOUT 10.1.2.3:5432", "no answer"],
  ["Connection terminated due to connection timeout", "no answer"],
  ['password authentication failed for user "campus"', "user name or password is wrong"],
  ['role "campus" does not exist', "user name or password is wrong"],
  ['database "lms" does not exist', "the server has no database of this name"],
  [
    'no pg_hba.conf entry for host "10.1.2.3", user "campus", database "lms", no encryption',
    "the server does not take this connection (pg_hba.conf)",
  ],
  ["The server does not support SSL connections", "the server speaks no TLS, and sslmode asks for it"],
  ["self-signed certificate", "the server's certificate is not trusted or is for another name"],
  [
    "Hostname/IP does not match certificate's altnames: Host: db.example.org. is not in the cert's altnames",
    "the server's certificate is not trusted or is for another name",
  ],
  ["sorry, too many clients already", "the server has no connection left"],
  ["the database system is starting up", "the server is starting or stopping"],
])("%s: %s", (words, what) => {
  expect(waiting(words)).toMatch(
    new RegExp(
      `^The LMS cannot reach its database at db\\.example\\.org:5432: ${what.replace(/[().]/g, "\\$&")}\\. Check .* \\(Secret pg\\)\\.`,
    ),
  );
});

test("a site that has lost its database says so in the same words", () => {
  expect(trouble("the database cannot be reached: connect ECONNREFUSED 10.1.2.3:5432")).toBe(
    waiting("connect ECONNREFUSED 10.1.2.3:5432"),
  );
  expect(trouble("the database did not answer within 2000 ms")).toContain("no answer");
});

test.each([["the runtime is starting"], ["migrating the database"], ["the runtime is stopping"]])(
  "%s is no trouble",
  (said) => expect(trouble(said)).toBeUndefined(),
);

test("words nobody has foreseen are told, without the values of the Secret", () => {
  const told = waiting("campus: k7fm-x2qa is an odd password");
  expect(told).toContain("…: … is an odd password");
  expect(told).not.toMatch(/k7fm-x2qa|campus/);
});

test("the place is told as the Secret has it", () => {
  expect(trouble("waiting for the database: x", { port: "6432" })).toContain("db.example.org:6432");
  expect(trouble("waiting for the database: x", { host: "fd00::5" })).toContain("[fd00::5]:5432");
});
