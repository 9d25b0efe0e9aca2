// Bad input is refused at the door with field and remedy and changes nothing; what cannot be satisfied says why.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../../controller/engine/index.ts";
import { aBinding, aCourse, aSchool, aTenant } from "../scenario/school.ts";
import { type Manifest, typeOf } from "../support/cluster.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

let sandbox: EmptySandbox;

beforeAll(async () => {
  sandbox = await emptySandbox();
}, 200_000);

afterAll(async () => sandbox?.stop(), 60_000);

/** What the API server answers to a strict create, as `kubectl apply` sends it. */
async function refusal(manifest: Manifest): Promise<string> {
  const { plural } = typeOf(manifest.kind);
  const path = `/apis/provost.dev/v1alpha1/namespaces/default/${plural}?fieldValidation=Strict`;
  try {
    await sandbox.cluster.client.raw(path, {
      method: "POST",
      body: JSON.stringify(manifest),
      headers: { "content-type": "application/json" },
    });
  } catch (error) {
    expect(
      await sandbox.cluster.client.find(typeOf<KubeObject>(manifest.kind), {
        namespace: "default",
        name: manifest.metadata.name,
      }),
    ).toBeUndefined();
    return (error as Error).message;
  }
  throw new Error(`${manifest.kind} ${manifest.metadata.name} was accepted`);
}

const course = aCourse("bad", "hill");
const [module] = course.spec.modules;
if (!module) throw new Error("no module");
const tenant = aTenant("bad");

const FAULTS: readonly [string, Manifest, RegExp][] = [
  ["a wrong type", { ...tenant, spec: { ...tenant.spec, replicas: "two" } }, /spec\.replicas.*integer/s],
  [
    "an unknown field",
    { ...tenant, spec: { ...tenant.spec, colour: "red" } },
    /unknown field "spec\.colour"/,
  ],
  [
    "two sources at once",
    {
      ...tenant,
      spec: {
        ...tenant.spec,
        database: { standalone: { storage: { size: "1Gi" } }, external: { secretRef: { name: "db" } } },
      },
    },
    /spec\.database.*exactly one of standalone and external/s,
  ],
  [
    "a bad cron",
    { ...tenant, spec: { ...tenant.spec, housekeeping: { schedule: "61 * * * *" } } },
    /spec\.housekeeping\.schedule/,
  ],
  [
    "a bad hostname",
    { ...tenant, spec: { ...tenant.spec, hostname: "Bad_Host" } },
    /spec\.hostname.*lower case/s,
  ],
  [
    "a duplicate key",
    { ...course, spec: { ...course.spec, modules: [module, module] } },
    /spec\.modules\[1\].*Duplicate value/s,
  ],
  ["a name too long for its children", aTenant("a".repeat(41)), /at most 40 characters/],
];

test.each(FAULTS)("%s is refused with its path", async (_, manifest, words) => {
  expect(await refusal(manifest)).toMatch(words);
});

test("an immutable field stays", async () => {
  await sandbox.cluster.apply(aCourse("fixed", "nowhere"));
  await expect(sandbox.cluster.apply(aCourse("fixed", "elsewhere"))).rejects.toThrow(
    /spec\.tenantRef.*immutable/s,
  );
});

describe("a valid manifest that cannot be satisfied", () => {
  const reason = async (
    kind: string,
    name: string,
    type: string,
    status: "True" | "False",
    words: RegExp,
  ): Promise<void> => {
    const object = await sandbox.cluster.until(`${kind} ${name} says why`, async () => {
      const found = await sandbox.cluster.client.find(
        typeOf<
          KubeObject & { status?: { conditions?: { type: string; status: string; message: string }[] } }
        >(kind),
        { namespace: "default", name },
      );
      const condition = found?.status?.conditions?.find((one) => one.type === type && one.status === status);
      return condition && words.test(condition.message) ? condition : undefined;
    });
    expect(object.message).toMatch(words);
  };

  test("waits in plain words for a tenant that is not there, and goes on when it comes", async () => {
    await sandbox.cluster.apply(
      aCourse("early", "later"),
      aBinding("early", "later", { role: "learner", users: ["lea"], course: "early" }),
    );
    await reason("Course", "early", "Ready", "False", /LmsTenant.*later/);
    await reason("RoleBinding", "early", "Ready", "False", /later/);
    await sandbox.cluster.apply(aTenant("later"));
    await sandbox.cluster.condition("Course", "early", "Ready");
    await sandbox.cluster.condition("RoleBinding", "early", "Ready");
  });

  test("a binding waits for a user who is not declared yet", async () => {
    await sandbox.cluster.apply(
      aBinding("eager", "later", { role: "learner", users: ["newcomer"], course: "early" }),
    );
    await reason("RoleBinding", "eager", "Ready", "False", /newcomer/);
    const users = [
      ...(aTenant("later").spec.users ?? []),
      { name: "newcomer", email: "new@example.org", displayName: "Nina New" },
    ];
    await sandbox.cluster.apply(aTenant("later", { users }));
    await sandbox.cluster.condition("RoleBinding", "eager", "Ready");
  });

  test("a course that contradicts itself is Stalled with the place, and mends when it is mended", async () => {
    const [first] = aCourse("torn", "later").spec.modules;
    if (!first) throw new Error("no module");
    await sandbox.cluster.apply(aCourse("torn", "later", { modules: [first, { ...first, key: "again" }] }));
    await reason("Course", "torn", "Stalled", "True", /modules\[1\].*welcome/s);
    await sandbox.cluster.apply(aCourse("torn", "later"));
    await sandbox.cluster.condition("Course", "torn", "Ready");
  });

  test("a database Secret that is not there is named", async () => {
    await sandbox.cluster.apply(
      aTenant("outside", { database: { external: { secretRef: { name: "elsewhere-db" } } } }),
    );
    await reason("LmsTenant", "outside", "Ready", "False", /elsewhere-db/);
  });
});

test("one sick tenant does not delay another", async () => {
  await sandbox.cluster.apply(...aSchool("well"));
  await sandbox.cluster.condition("LmsTenant", "well", "Ready");
});
