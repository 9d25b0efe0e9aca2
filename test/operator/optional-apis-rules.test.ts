// What the manifest may say of optional APIs, at the door of an API server; and which rights the operator has for them.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { LmsTenant } from "../../controller/kinds.ts";
import { OPTIONAL_KINDS } from "../../controller/tenant/optional/apis.ts";
import { PostgresCluster } from "../../controller/tenant/optional/kinds.ts";
import { aTenant } from "../scenario/school.ts";
import { Harness } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

/** What the API server says of a tenant; empty when it takes it. */
const refusal = (spec: object): Promise<string> =>
  harness.cluster.client
    .raw("/apis/provost.dev/v1alpha1/namespaces/default/lmstenants?fieldValidation=Strict&dryRun=All", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(aTenant("a", spec)),
    })
    .then(
      () => "",
      (error: Error) => error.message,
    );

const external = { secretRef: { name: "db" } };
const cloudNativePg = { storage: { size: "1Gi" } };
const parentRefs = [{ name: "public" }];

test.each([
  ["autoscaling", { autoscaling: { maxReplicas: 3 } }],
  [
    "autoscaling with a CPU request",
    { autoscaling: { maxReplicas: 3 }, resources: { requests: { cpu: "1" } } },
  ],
  ["autoscaling with a CPU limit", { autoscaling: { maxReplicas: 3 }, resources: { limits: { cpu: 1 } } }],
  ["monitoring", { monitoring: {} }],
  ["a gateway", { gateway: { parentRefs } }],
  ["an issuer", { tls: { issuerRef: { name: "ca" } } }],
  ["CloudNativePG", { database: { cloudNativePg } }],
])("%s is accepted", async (_, spec) => {
  expect(await refusal(spec)).toBe("");
});

test.each<[string, object, RegExp]>([
  [
    "fewest above most",
    { autoscaling: { minReplicas: 4, maxReplicas: 3 } },
    /spec\.autoscaling: .*minReplicas must not be more than maxReplicas/,
  ],
  [
    "replicas beside autoscaling",
    { autoscaling: { maxReplicas: 3 }, replicas: 2 },
    /replicas cannot be set beside autoscaling.*remove replicas/,
  ],
  [
    "autoscaling by CPU that nobody requests",
    { autoscaling: { maxReplicas: 3 }, resources: { requests: { memory: "1Gi" } } },
    /set resources\.requests\.cpu/,
  ],
  [
    "two ways to the site",
    { gateway: { parentRefs }, ingress: { className: "nginx" } },
    /only one of gateway and ingress/,
  ],
  ["a gateway without a parent", { gateway: { parentRefs: [] } }, /spec\.gateway\.parentRefs.*at least 1/],
  [
    "two sources of a certificate",
    { tls: { issuerRef: { name: "ca" }, secretRef: { name: "x" } } },
    /spec\.tls: .*exactly one of secretRef and issuerRef/,
  ],
  ["no source of a certificate", { tls: {} }, /spec\.tls: .*exactly one of secretRef and issuerRef/],
  ["an issuer of an unknown kind", { tls: { issuerRef: { name: "ca", kind: "Other" } } }, /ClusterIssuer/],
  [
    "two databases",
    { database: { external, cloudNativePg } },
    /spec\.database: .*exactly one of standalone and external and cloudNativePg/,
  ],
  [
    "an interval without a unit",
    { monitoring: { interval: "30" } },
    /spec\.monitoring\.interval.*should match/,
  ],
])("%s: refused with field and remedy", async (_, spec, words) => {
  expect(await refusal(spec)).toMatch(words);
});

test("the source of the data cannot be changed to CloudNativePG or away from it", async () => {
  const key = { namespace: "default", name: "here" };
  await harness.cluster.apply(aTenant("here", { database: { external } }));
  const change = harness.cluster.client.mergePatch(LmsTenant, key, {
    spec: { database: { external: null, cloudNativePg } },
  });
  await expect(change).rejects.toThrow(/cannot be switched between/);
});

describe.each(["rbac.yaml", "namespaced/rbac.yaml"])("deploy/%s", (file) => {
  interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }
  const text = readFileSync(new URL(`../../deploy/${file}`, import.meta.url), "utf8");
  const rules = parseAllDocuments(text).flatMap(
    (document) => (document.toJS() as { rules?: Rule[] }).rules ?? [],
  );
  const verbs = (group: string, resource: string): string[] =>
    rules
      .filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource))
      .flatMap((rule) => [...rule.verbs]);

  test("lets the operator see and make every optional kind", () => {
    for (const { group, plural } of OPTIONAL_KINDS)
      for (const verb of ["get", "list", "watch", "create", "patch"])
        expect(verbs(group, plural), `${plural}.${group}`).toContain(verb);
  });

  test("lets it take away what can be made again from the manifest, runs that are over, and nothing else", () => {
    const removable = rules
      .filter((rule) => rule.verbs.includes("delete"))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${resource}.${apiGroups.join()}`));
    const optional = OPTIONAL_KINDS.filter((type) => type !== PostgresCluster).map(
      ({ plural, group }) => `${plural}.${group}`,
    );
    const runs = ["jobs.batch", "backups.provost.dev", "restores.provost.dev"];
    expect(removable.sort()).toEqual([...optional, "ingresses.networking.k8s.io", ...runs].sort());
  });
});
