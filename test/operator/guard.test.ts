// RemovalGuard as a user of manifests meets it: on the tenant, on a course, on a grant.
import { afterAll, beforeAll, expect, test } from "vitest";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import { typeOf } from "../support/cluster.ts";
import { Harness } from "./harness.ts";

let harness: Harness;
const PEOPLE = Array.from({ length: 12 }, (_, index) => `user-${index}`);
const people = (count: number) =>
  PEOPLE.slice(0, count).map((name) => ({ name, email: `${name}@example.org`, displayName: name }));
const course = (count: number) =>
  aCourse("basics", "hill", {
    modules: [
      {
        key: "m",
        title: "M",
        items: Array.from({ length: count }, (_, index) => ({
          key: `l${index}`,
          title: `L ${index}`,
          lesson: { markdown: "x" },
        })),
      },
    ],
  });
const grant = (count: number) =>
  aBinding("learn", "hill", { role: "learner", users: PEOPLE.slice(0, count), course: "basics" });

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator();
  await harness.cluster.apply(aTenant("hill", { users: people(12) }), course(20), grant(12));
  await harness.runPods("hill");
  await harness.cluster.condition("RoleBinding", "learn", "Ready");
}, 120_000);
afterAll(async () => harness?.stop(), 60_000);

/** The digest that the condition asks for. */
async function refused(kind: string, name: string): Promise<string> {
  const { status } = await harness.cluster.condition(kind, name, "Stalled", "True", {
    reason: "RemovalGuard",
  });
  const message = status?.conditions?.find(({ type }) => type === "Stalled")?.message ?? "";
  return /provost\.dev\/acknowledge-removal with (sha256:[0-9a-f]{64})/.exec(message)?.[1] ?? message;
}

const acknowledge = (kind: string, name: string, digest: string) =>
  harness.cluster.client.mergePatch(
    typeOf(kind),
    { namespace: "default", name },
    { metadata: { annotations: { "provost.dev/acknowledge-removal": digest } } },
  );

test.each([
  ["RoleBinding", "learn", grant(2), /subjects would go/],
  ["Course", "basics", course(3), /spec\.modules: 17 of 20 items would go \(l10, .*7 more\), and 5 may/],
  [
    "LmsTenant",
    "hill",
    aTenant("hill", { users: people(2) }),
    /spec\.users: 10 of 12 declared users would go/,
  ],
] as const)(
  "a %s that would lose most of what it has waits for an acknowledgement",
  async (kind, name, manifest, words) => {
    const { cluster } = harness;
    await cluster.apply(manifest);
    const digest = await refused(kind, name);
    const { status } = await cluster.condition(kind, name, "Stalled");
    expect(JSON.stringify(status?.conditions)).toMatch(words);
    await acknowledge(kind, name, "sha256:another");
    expect(await refused(kind, name)).toBe(digest);
    await acknowledge(kind, name, digest);
    await cluster.condition(kind, name, "Ready");
  },
);

test("who wants to be asked for less, or never, says so", async () => {
  const { cluster } = harness;
  await cluster.apply(aTenant("hill", { users: people(2), guard: { allowedRemovals: 0 } }));
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.apply(aTenant("hill", { users: people(1), guard: { allowedRemovals: 0 } }));
  await refused("LmsTenant", "hill");
  await cluster.apply(aTenant("hill", { users: people(1), guard: { maxRemovalPercent: 100 } }));
  await cluster.condition("LmsTenant", "hill", "Ready");
});
