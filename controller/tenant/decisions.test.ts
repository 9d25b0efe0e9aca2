// The decisions of a tenant's reconcile: passwords, logos, external databases, hostnames, what holds pods up.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pod } from "../engine/index.ts";
import { aTenant, encoded } from "../testing/manifests.ts";
import { FINGERPRINT_KEY, fingerprint, generatedSecrets } from "./credentials.ts";
import { directoryDocument, directoryField, siteDocument, siteField } from "./documents.ts";
import { credentialsText, externalDatabaseFault } from "./external-database.ts";
import { hostnameHolder } from "./hostname.ts";
import { logoDocument } from "./logo.ts";
import { accountsOf } from "./passwords.ts";
import { podTrouble, rolloutLacks } from "./progress.ts";

const lea = { name: "lea", email: "lea@example.org", displayName: "Lea" };
const withSecret = { ...lea, passwordSecretRef: { name: "pw", key: "lea" } };

describe("passwords", () => {
  const of = (
    user: typeof lea,
    data: Record<string, string> | undefined,
    generated: Record<string, string> = {},
  ) =>
    accountsOf(
      aTenant({ users: [user] }),
      { data: encoded(generated) },
      new Map(data ? [["pw", { data: encoded(data) }]] : []),
    );

  test.each([
    ["made by the operator", lea, undefined, { lea: "generated" }, "generated"],
    ["from a Secret", withSecret, { lea: "from-secret" }, {}, "from-secret"],
    ["without the line break of echo", withSecret, { lea: "from-secret\n" }, {}, "from-secret"],
    ["with spaces as they are", withSecret, { lea: " two words " }, {}, " two words "],
  ])("%s", (_, user, data, generated, password) => {
    expect(of(user, data, generated)).toMatchObject([{ user: { name: "lea" }, password }]);
  });

  test.each([
    [
      "no Secret",
      undefined,
      "PasswordSecretNotFound",
      /spec\.users\[0\]\.passwordSecretRef: Secret pw does not exist/,
    ],
    ["no key", { other: "x" }, "PasswordSecretNotFound", /Secret pw has no key "lea"/],
    ["too short", { lea: "1234567" }, "PasswordNotAccepted", /has 7 characters; use 8 to 256/],
  ])("%s is said with field and remedy, and never shown", (_, data, reason, message) => {
    const fault = of(withSecret, data);
    expect(fault).toMatchObject({ reason, message: expect.stringMatching(message) as string });
    expect(JSON.stringify(fault)).not.toContain("1234567");
  });

  test("a fingerprint tells passwords and users apart, and needs its key", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (key, one, other) => {
        expect(fingerprint(key, one) === fingerprint(key, other)).toBe(one === other);
        if (key !== other) expect(fingerprint(key, one)).not.toBe(fingerprint(other, one));
      }),
    );
    const [ada, bob] = ["ada", "bob"].map((name) => ({
      user: { ...lea, name, suspended: false },
      password: "the same",
    }));
    if (!ada || !bob) throw new Error("no accounts");
    const { users } = directoryDocument(aTenant(), [ada, bob], "key");
    expect(users[0]?.passwordFingerprint).not.toBe(users[1]?.passwordFingerprint);
  });
});

describe("generated Secrets", () => {
  const shape = (spec: Parameters<typeof aTenant>[0]) =>
    Object.fromEntries(
      generatedSecrets(aTenant(spec)).map(({ name, owned, values }) => [
        name,
        { owned, keys: Object.keys(values) },
      ]),
    );

  test("what belongs to the database outlives the tenant unless it is to be deleted", () => {
    expect(shape({ users: [lea] })).toEqual({
      "hill-admin": { owned: true, keys: ["token"] },
      "hill-accounts": { owned: false, keys: [FINGERPRINT_KEY, "lea"] },
      "hill-database": { owned: false, keys: ["host", "port", "database", "username", "password"] },
    });
    expect(Object.values(shape({ deletionPolicy: "Delete" })).every(({ owned }) => owned)).toBe(true);
  });

  test("an external database has its own; a user with a Secret needs no password of ours", () => {
    const secrets = shape({ users: [withSecret], database: { external: { secretRef: { name: "pg" } } } });
    expect(secrets["hill-database"]).toBeUndefined();
    expect(secrets["hill-accounts"]?.keys).toEqual([FINGERPRINT_KEY]);
  });

  test("no two values are alike, and passwords can be typed", () => {
    const make = generatedSecrets(aTenant({ users: [lea] })).find(({ name }) => name === "hill-accounts")
      ?.values["lea"];
    const made = Array.from({ length: 200 }, () => make?.() ?? "");
    expect(new Set(made).size).toBe(200);
    for (const password of made) expect(password).toMatch(/^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
  });
});

describe("the logo", () => {
  const ref = { alt: "Hill", configMapKeyRef: { name: "brand", key: "logo" } };
  const png = Buffer.from("\x89PNG\r\n\x1a\nrest", "latin1").toString("base64");
  const map = (fields: object) => ({
    metadata: { name: "brand", uid: "u", resourceVersion: "1" },
    ...fields,
  });

  test.each([
    [{ binaryData: { logo: png } }, "image/png"],
    [{ data: { logo: "<svg xmlns='http://www.w3.org/2000/svg'/>" } }, "image/svg+xml"],
    [{ data: { logo: '<?xml version="1.0"?><svg/>' } }, "image/svg+xml"],
    [{ binaryData: { logo: Buffer.from("RIFF1234WEBPVP8").toString("base64") } }, "image/webp"],
    [{ binaryData: { logo: Buffer.from("\xff\xd8\xff\xe0", "latin1").toString("base64") } }, "image/jpeg"],
  ])("%j is told by its bytes: %s", (fields, mediaType) => {
    expect(logoDocument(ref, map(fields) as never)).toMatchObject({ alt: "Hill", mediaType });
  });

  test.each([
    [undefined, "ConfigMapNotFound", false],
    [{ data: { other: "x" } }, "ConfigMapKeyNotFound", false],
    [{ data: { logo: "<html></html>" } }, "LogoNotAPicture", true],
  ])("%j: %s", (fields, reason, terminal) => {
    expect(logoDocument(ref, fields && (map(fields) as never))).toMatchObject({ reason, terminal });
  });
});

describe("an external database", () => {
  const good = { host: "pg", database: "lms", username: "u", password: "p" };

  test.each([
    [good, undefined],
    [{ ...good, port: "6432", sslmode: "verify-full" }, undefined],
    [{ host: "pg", database: "lms" }, /has no username, password: add these keys/],
    [{ ...good, port: "many" }, /port "many": give a number/],
    [{ ...good, sslmode: "sure" }, /sslmode "sure": use one of/],
  ])("%j: %s", (data, message) => {
    const fault = externalDatabaseFault("pg", encoded(data));
    if (message === undefined) expect(fault).toBeUndefined();
    else expect(fault).toMatchObject({ terminal: true, message: expect.stringMatching(message) as string });
  });

  test("a Secret that is not there is waited for", () => {
    expect(externalDatabaseFault("pg", undefined)).toMatchObject({
      terminal: false,
      reason: "DatabaseSecretNotFound",
    });
  });

  test("keys that the runtime does not read replace no pods", () => {
    expect(credentialsText(encoded({ ...good, note: "x" }))).toBe(credentialsText(encoded(good)));
    expect(credentialsText(encoded({ ...good, password: "q" }))).not.toBe(credentialsText(encoded(good)));
  });
});

describe("a hostname", () => {
  const at = (name: string, creationTimestamp: string, more: object = {}) =>
    aTenant({}, { name, uid: name, creationTimestamp, ...more });
  const older = at("older", "2026-01-01T00:00:00Z");
  const younger = at("younger", "2026-01-02T00:00:00Z");

  const nobody = () => false;

  test("stays with whom it was served by, when an older tenant comes by it later", () => {
    const serves = (tenant: unknown) => tenant === younger;
    expect(hostnameHolder(older, [older, younger], serves)).toBe(younger);
    expect(hostnameHolder(younger, [older, younger], serves)).toBeUndefined();
  });

  test("is the older tenant's while nobody has served it, whoever asks", () => {
    expect(hostnameHolder(younger, [younger, older], nobody)).toBe(older);
    expect(hostnameHolder(older, [younger, older], nobody)).toBeUndefined();
  });

  test("of two made in one second one holds it, the same for both", () => {
    const twin = at("a-twin", "2026-01-01T00:00:00Z");
    expect(hostnameHolder(older, [older, twin], nobody)).toBe(twin);
    expect(hostnameHolder(twin, [older, twin], nobody)).toBeUndefined();
  });

  test("is free when its holder is being deleted", () => {
    const leaving = at("leaving", "2025-01-01T00:00:00Z", { deletionTimestamp: "2026-03-01T00:00:00Z" });
    expect(hostnameHolder(older, [leaving, older], nobody)).toBeUndefined();
  });
});

describe("documents", () => {
  test("defaults are in the document, so that the runtime has none of its own", () => {
    const document = siteDocument(aTenant(), undefined);
    expect(document).toMatchObject({
      title: "Hill School",
      access: { catalog: "Public", sessionIdleMinutes: 120 },
      housekeeping: { schedule: "17 3 * * *" },
    });
  });

  test.each([
    ["/title", "spec.site.title"],
    ["/branding/logo/base64", "spec.site.branding.logo.base64"],
    ["/categories/1/key", "spec.categories[1].key"],
    ["/access/catalog", "spec.access.catalog"],
    ["", "spec.site"],
  ])("%s of the site came from %s", (pointer, field) => expect(siteField(pointer)).toBe(field));

  test.each([
    ["/users/3/email", "spec.users[3].email"],
    ["/users/3/password", "spec.users[3].passwordSecretRef"],
    ["/roles", "spec.roles"],
  ])("%s of the directory came from %s", (pointer, field) => expect(directoryField(pointer)).toBe(field));
});

describe("what holds pods up", () => {
  const pod = (status: object, metadata: object = {}) =>
    ({ metadata: { name: "p", uid: "u", resourceVersion: "1", ...metadata }, status }) as never as Pod & {
      metadata: { name: string; uid: string; resourceVersion: string };
    };
  const waiting = (reason: string, message?: string) => ({
    containerStatuses: [{ ready: false, state: { waiting: { reason, message } } }],
  });

  test.each([
    [waiting("ImagePullBackOff", "Back-off pulling image x"), /the image cannot be pulled: Back-off/],
    [
      {
        containerStatuses: [
          {
            ready: false,
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
            lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
          },
        ],
      },
      /^Pod p: the program ends again and again; it last ended with code 137 \(OOMKilled\)$/,
    ],
    [
      {
        containerStatuses: [
          {
            ready: false,
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: {
              terminated: {
                exitCode: 1,
                reason: "Error",
                // The kubelet has cut off the beginning.
                message: '{"msg":"one"}\n {"x":1} at start","msg":"no \\"schema\\""}\n',
              },
            },
          },
        ],
      },
      /it last ended with code 1: no "schema"$/,
    ],
    [
      {
        containerStatuses: [
          { ready: false, state: { terminated: { exitCode: 1, message: "no log line of ours" } } },
        ],
      },
      /^Pod p: the program was started again; it last ended with code 1$/,
    ],
    [
      { conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }] },
      /no node takes it: 0\/3 nodes are available/,
    ],
    [waiting("ContainerCreating"), undefined],
    [{}, undefined],
  ])("%j: %s", (status, message) => {
    const trouble = podTrouble([pod(status)]);
    if (message === undefined) expect(trouble).toBeUndefined();
    else expect(trouble).toMatch(message);
  });

  test("a pod on its way out is no news", () => {
    const leaving = { deletionTimestamp: "2026-01-01T00:00:00Z" };
    expect(podTrouble([pod(waiting("ErrImagePull"), leaving)])).toBeUndefined();
  });

  test.each([
    [{ observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2 }, /not been taken up/],
    [
      { observedGeneration: 2, replicas: 3, updatedReplicas: 1, readyReplicas: 2 },
      /1 of 2 replicas are up to date/,
    ],
    [{ observedGeneration: 2, replicas: 3, updatedReplicas: 2, readyReplicas: 3 }, /1 former replicas/],
    [
      { observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 1 },
      /1 of 2 replicas are ready/,
    ],
    [{ observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2 }, undefined],
  ])("rollout %j lacks %s", (status, message) => {
    const lacks = rolloutLacks({ metadata: { generation: 2 }, spec: { replicas: 2 }, status });
    if (message === undefined) expect(lacks).toBeUndefined();
    else expect(lacks).toMatch(message);
  });
});
