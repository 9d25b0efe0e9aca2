// What is named and not there: it is waited for, and when it comes or is named no more, all is well at once. And a volume,
// which can grow and never shrinks.
import { expect, test } from "vitest";
import type { Manifest } from "../support/cluster.ts";
import { withValue } from "./fields.ts";
import { COURSE, DECLARED, FJORD, GRANTS, HILL, NAMESPACE, type Resource } from "./manifests.ts";
import { type Base, revert } from "./run.ts";
import { condition, isReady } from "./state.ts";
import { Bench } from "./suite.ts";
import type { Stage } from "./stage.ts";
import { WITHIN_MS } from "./stage.ts";

const bench = new Bench("what comes late", DECLARED);
const [ON_COURSE] = GRANTS as readonly [Resource];

interface Late {
  readonly what: string;
  /** Names what is not there. */
  readonly names: Resource;
  readonly reason: string;
  readonly comes: Manifest;
  /** Takes it away again; absent: declaring the base state does. */
  readonly goes?: (stage: Stage) => void;
  /** Why it may only go when nobody names it any more; else both are taken back at once. */
  readonly goesLast?: string;
}

const named = (kind: string, name: string, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: NAMESPACE },
  data:
    kind === "Secret"
      ? Object.fromEntries(
          Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        )
      : data,
});

const removed =
  (resource: string, name: string) =>
  ({ cluster }: Stage): void =>
    cluster.delete({ group: "", version: "v1", resource }, NAMESPACE, name);

const LATE: readonly Late[] = [
  {
    what: "the Secret of a password",
    names: withValue(HILL, ["spec", "users", 0, "passwordSecretRef", "name"], "late"),
    reason: "PasswordSecretNotFound",
    comes: named("Secret", "late", { ann: "better late than never" }),
    goes: removed("secrets", "late"),
  },
  {
    what: "the Secret of an external database",
    names: withValue(FJORD, ["spec", "database", "external", "secretRef", "name"], "late"),
    reason: "DatabaseSecretNotFound",
    comes: named("Secret", "late", { host: "pg", database: "d", username: "u", password: "secret" }),
    goes: removed("secrets", "late"),
  },
  {
    what: "the ConfigMap of a logo",
    names: withValue(FJORD, ["spec", "site", "branding", "logo", "configMapKeyRef", "name"], "late"),
    reason: "ConfigMapNotFound",
    comes: named("ConfigMap", "late", { logo: "<svg/>" }),
    goes: removed("configmaps", "late"),
  },
  {
    what: "the ConfigMap of a lesson",
    names: withValue(COURSE, ["spec", "modules", 0, "items", 1, "lesson", "configMapKeyRef", "name"], "late"),
    reason: "ConfigMapNotFound",
    comes: named("ConfigMap", "late", { lesson: "# Late" }),
    goes: removed("configmaps", "late"),
  },
  {
    what: "the category of a course",
    names: withValue(COURSE, ["spec", "category"], "late"),
    reason: "CategoryNotFound",
    comes: withValue(HILL, ["spec", "categories", 2], { key: "late", title: "Late" }),
  },
  {
    what: "the user of a grant",
    names: withValue(ON_COURSE, ["spec", "subjects", 0], { user: "late" }),
    reason: "UserNotFound",
    comes: withValue(HILL, ["spec", "users", 3], {
      name: "late",
      email: "late@example.org",
      displayName: "Late",
    }),
    goesLast: "an account that is still granted something when it goes is kept, archived",
  },
  {
    what: "the group of a grant",
    names: withValue(ON_COURSE, ["spec", "subjects", 0], { group: "late" }),
    reason: "GroupNotFound",
    comes: withValue(HILL, ["spec", "groups", 2], { name: "late", title: "Late" }),
  },
];

test.each(LATE)("$what comes late", async ({ what, names, reason, comes, goes, goesLast }) => {
  const { kind, metadata } = names;
  const work = async (base: Base): Promise<string[]> => {
    const { stage } = base;
    const look = () => stage.find(kind, metadata.name);
    await stage.apply(names);
    if (!(await stage.until(() => condition(look(), "Ready")?.reason === reason)))
      return [`it should wait with ${reason}; it says ${JSON.stringify(condition(look(), "Ready"))}`];
    await stage.activity.quiet();
    await stage.apply(comes);
    const came = await stage.until(() => isReady(look()));
    const told = JSON.stringify(condition(look(), "Ready"));
    const backwards = base.declared.toReversed();
    if (goesLast !== undefined) {
      await stage.apply(...backwards.filter((manifest) => manifest.kind !== "LmsTenant"));
      await stage.activity.quiet();
    }
    await stage.apply(...backwards);
    goes?.(stage);
    const left = await revert(base);
    return came ? left : [`it came, and is not noticed within ${WITHIN_MS / 1000} s: ${told}`, ...left];
  };
  expect(await bench.run(what, "npm run test:acto -- acto/late", work)).toBeUndefined();
});

test("a group that is still bound goes as soon as it is let go", async () => {
  const bound = withValue(ON_COURSE, ["spec", "subjects", 2, "group"], "band");
  const { groups } = HILL.spec as { groups: readonly object[] };
  const without = withValue(HILL, ["spec", "groups"], groups.slice(0, -1));
  const work = async (base: Base): Promise<string[]> => {
    const { stage } = base;
    const look = () => stage.find("LmsTenant", "hill");
    await stage.apply(bound);
    await stage.activity.quiet();
    await stage.apply(without);
    if (!(await stage.until(() => condition(look(), "Ready")?.reason === "InUse")))
      return [`it should wait with InUse; it says ${JSON.stringify(condition(look(), "Ready"))}`];
    await stage.apply(ON_COURSE);
    const went = await stage.until(() => isReady(look()));
    const told = went ? [] : [`let go, it is still in use after ${WITHIN_MS / 1000} s`];
    return [...told, ...(await revert(base))];
  };
  expect(await bench.run("a group in use", "npm run test:acto -- acto/late", work)).toBeUndefined();
});

/** Objects that name what is not there from the first moment, in fields that can never be changed. */
const STILLBORN: readonly (readonly [Resource, string, RegExp])[] = [
  [
    born(ON_COURSE, ["spec", "roleRef", "name"], "no-such-role"),
    "RoleNotFound",
    /spec\.roleRef\.name.*"no-such-role"/,
  ],
  [
    born(ON_COURSE, ["spec", "tenantRef", "name"], "nowhere"),
    "TenantNotFound",
    /nowhere, which does not exist/,
  ],
  [born(COURSE, ["spec", "tenantRef", "name"], "nowhere"), "TenantNotFound", /nowhere, which does not exist/],
  [
    born(COURSE, ["spec", "key"], "basics"),
    "ManagedByAnother",
    /spec\.key.*"basics" is declared by.*default\/basics/,
  ],
];

function born(manifest: Resource, place: readonly string[], value: string): Resource {
  return withValue(withValue(manifest, ["metadata", "name"], "stillborn"), place, value);
}

test.each(STILLBORN)(
  "%# an object that can never come true says so and goes without a trace",
  async (...row) => {
    const [manifest, reason, says] = row;
    const { kind } = manifest;
    const work = async (base: Base): Promise<string[]> => {
      const { stage } = base;
      const look = () => stage.find(kind, "stillborn");
      await stage.apply(manifest);
      const told = await stage.until(() => condition(look(), "Ready")?.reason === reason);
      const { message = "" } = condition(look(), "Ready") ?? {};
      stage.delete(kind, "stillborn");
      const gone = await stage.until(() => look() === undefined);
      return [
        ...(told ? [] : [`it should wait with ${reason}; it says ${message}`]),
        ...(says.test(message) ? [] : [`it does not say ${String(says)}: ${message}`]),
        ...(gone ? [] : ["it does not go"]),
        ...(await revert(base)),
      ];
    };
    expect(await bench.run(`${kind} ${reason}`, "npm run test:acto -- acto/late", work)).toBeUndefined();
  },
);

test("a volume grows, refuses to shrink, and is well again when it need not", async () => {
  const size = ["spec", "database", "standalone", "storage", "size"];
  const grown = DECLARED.map((manifest) => (manifest === HILL ? withValue(HILL, size, "3Gi") : manifest));
  const work = async (base: Base): Promise<string[]> => {
    const { stage } = base;
    await stage.apply(...grown);
    if (!(await stage.until(() => stage.allReady(grown))))
      return ["it does not grow", ...stage.unready(grown)];
    await stage.activity.quiet();
    const claim = stage.cluster.get(
      { group: "", version: "v1", resource: "persistentvolumeclaims" },
      NAMESPACE,
      "hill-db-data",
    );
    const { resources } = claim?.spec as { resources: { requests: { storage: string } } };
    const state = await stage.state();
    await stage.apply(HILL);
    const refused = await stage.until(
      () => condition(stage.find("LmsTenant", "hill"), "Stalled")?.reason === "ChildRefused",
    );
    return [
      ...(resources.requests.storage === "3Gi" ? [] : [`the claim asks for ${resources.requests.storage}`]),
      ...(refused ? [] : ["it does not say that a volume cannot shrink"]),
      ...(await revert({ stage, declared: grown, state })),
    ];
  };
  expect(await bench.run("a volume grows", "npm run test:acto -- acto/late", work)).toBeUndefined();
  // No way leads back to the base state.
  await bench.close();
});
