// What is generated is generated once; passwords follow their Secrets, and a person's own choice stays.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Secret } from "../../controller/engine/index.ts";
import { aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
const namespace = "default";

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
  await harness.cluster.apply(aTenant("hill"));
  await harness.runPods("hill");
  await harness.cluster.condition("LmsTenant", "hill", "Ready");
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

const dataOf = async (name: string): Promise<Record<string, string>> =>
  (await harness.cluster.client.get(Secret, { namespace, name })).data ?? {};

const changed = async (name: string, patch: object): Promise<void> => {
  await harness.cluster.client.mergePatch(Secret, { namespace, name }, patch);
};

const encoded = (text: string): string => Buffer.from(text).toString("base64");

test("a value that stands in a Secret is never replaced, not even when the operator starts anew", async () => {
  await changed("hill-accounts", { data: { lea: encoded("chosen-by-hand") } });
  const before = await Promise.all(["hill-admin", "hill-database", "hill-accounts"].map(dataOf));
  await harness.stopOperator();
  await harness.startOperator();
  await harness.cluster.until("the password by hand is the account's", async () =>
    (await harness.signIn("hill", "lea", "chosen-by-hand")) ? true : undefined,
  );
  expect(await Promise.all(["hill-admin", "hill-database", "hill-accounts"].map(dataOf))).toEqual(before);
});

test("a Secret that lost a key gets that key anew and keeps the others", async () => {
  const before = await dataOf("hill-accounts");
  await changed("hill-accounts", { data: { ida: null } });
  const after = await harness.cluster.until("ida has a password again", async () => {
    const data = await dataOf("hill-accounts");
    return data["ida"] ? data : undefined;
  });
  expect({ ...after, ida: "" }).toEqual({ ...before, ida: "" });
  expect(after["ida"]).not.toBe(before["ida"]);
  const password = Buffer.from(after["ida"] ?? "", "base64").toString();
  await harness.cluster.until("ida signs in with it", async () =>
    (await harness.signIn("hill", "ida", password)) ? true : undefined,
  );
});

test("labels that somebody took away come back; the values stay", async () => {
  const before = await dataOf("hill-admin");
  await changed("hill-admin", { metadata: { labels: { "app.kubernetes.io/part-of": null } } });
  await harness.cluster.until("the label is back", async () => {
    const { metadata } = await harness.cluster.client.get(Secret, { namespace, name: "hill-admin" });
    return metadata.labels?.["app.kubernetes.io/part-of"] === "provost" ? true : undefined;
  });
  expect(await dataOf("hill-admin")).toEqual(before);
});

test("the password of a declared account follows its Secret, and is waited for", async () => {
  const users = [
    { name: "lea", email: "lea@example.org", displayName: "Lea Learner" },
    {
      name: "max",
      email: "max@example.org",
      displayName: "Max",
      passwordSecretRef: { name: "max-password", key: "password" },
    },
  ];
  await harness.cluster.apply(aTenant("hill", { users }));
  const waiting = await harness.cluster.condition("LmsTenant", "hill", "DirectorySynced", "False", {
    reason: "PasswordSecretNotFound",
  });
  expect(JSON.stringify(waiting.status)).toContain(
    "spec.users[1].passwordSecretRef: Secret max-password does not exist",
  );

  await harness.cluster.apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "max-password", namespace },
    data: { password: encoded("short") },
  });
  const refused = await harness.cluster.condition("LmsTenant", "hill", "Stalled", "True", {
    reason: "PasswordNotAccepted",
  });
  expect(JSON.stringify(refused.status)).not.toContain('"short"');

  await changed("max-password", { data: { password: encoded("first password\n") } });
  await harness.cluster.condition("LmsTenant", "hill", "Ready");
  expect(await harness.signIn("hill", "max", "first password")).toBe(true);

  await changed("max-password", { data: { password: encoded("second password") } });
  await harness.cluster.until("the new password holds", async () =>
    (await harness.signIn("hill", "max", "second password")) ? true : undefined,
  );
  expect(await harness.signIn("hill", "max", "first password")).toBe(false);
});

test("a password a person chose stays when other things of the directory change", async () => {
  const { accounts, db } = harness.site("hill").lms.context;
  const first = await harness.cluster.password("hill", "lea");
  const session = await accounts.signIn({ nameOrEmail: "lea", password: first }, { address: "127.0.0.1" });
  if (!session.ok) throw new Error("lea cannot sign in");
  const account = await db.first<{ id: number }>("SELECT id FROM account WHERE name = 'lea'");
  const change = { current: first, next: "my very own password" };
  expect(await accounts.changePassword(account?.id ?? 0, session.token, change)).toEqual({ ok: true });

  const users = [{ name: "lea", email: "lea@example.org", displayName: "Lea L. Learner" }];
  await harness.cluster.apply(aTenant("hill", { users }));
  await harness.cluster.until("the new name is there", async () =>
    (await db.first("SELECT 1 FROM account WHERE display_name = 'Lea L. Learner'")) ? true : undefined,
  );
  expect(await harness.signIn("hill", "lea", "my very own password")).toBe(true);
});

test("lost database credentials are not replaced behind the back of the volume", async () => {
  const credentials = await dataOf("hill-database");
  await harness.cluster.client.delete(Secret, { namespace, name: "hill-database" });
  const stalled = await harness.cluster.condition("LmsTenant", "hill", "Stalled", "True", {
    reason: "DatabaseCredentialsLost",
  });
  expect(JSON.stringify(stalled.status)).toContain("Restore the Secret from a backup");
  expect(await harness.cluster.client.find(Secret, { namespace, name: "hill-database" })).toBeUndefined();

  const labels = {
    "app.kubernetes.io/managed-by": "provost",
    "app.kubernetes.io/instance": "hill",
  };
  await harness.cluster.apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "hill-database", namespace, labels } as { name: string; namespace: string },
    data: credentials,
  });
  await harness.cluster.condition("LmsTenant", "hill", "Ready");
  expect(await dataOf("hill-database")).toEqual(credentials);
});

test("no secret stands in any condition, event or log", async () => {
  const events = (await harness.cluster.client.raw("/api/v1/events")).text();
  const tenant = JSON.stringify(await harness.cluster.condition("LmsTenant", "hill", "Ready"));
  for (const name of ["hill-admin", "hill-accounts", "hill-database", "max-password"]) {
    for (const value of Object.values(await dataOf(name))) {
      const text = Buffer.from(value, "base64").toString();
      if (text.length < 12 || text.includes("hill-db")) continue;
      expect(events).not.toContain(text);
      expect(tenant).not.toContain(text);
      expect(harness.log()).not.toContain(text);
    }
  }
});
