// Two operators on one cluster, each with its own labels: each serves its own and leaves the others' alone.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lease } from "../../controller/engine/index.ts";
import { leaseName } from "../../controller/main.ts";
import { LmsTenant } from "../../controller/kinds.ts";
import { aBinding, aCourse, aTenant } from "../scenario/school.ts";
import type { Manifest } from "../support/cluster.ts";
import { Harness } from "./harness.ts";

const SELECTOR = "provost.dev/shard=a";
let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
  await harness.startOperator({ selector: SELECTOR, leaderElection: true });
}, 120_000);

afterAll(async () => harness?.stop(), 60_000);

const inShard = (shard: string, manifest: Manifest): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, labels: { "provost.dev/shard": shard } } as Manifest["metadata"],
});

test("a shard leads under a Lease of its own and serves what carries its label, nothing else", async () => {
  const { cluster } = harness;
  await cluster.apply(
    inShard("a", aTenant("hill")),
    inShard("a", aCourse("basics", "hill")),
    inShard("a", aBinding("learn", "hill", { role: "learner", users: ["lea"], course: "basics" })),
    inShard("b", aTenant("dale")),
    aTenant("moor"),
  );
  await harness.runPods("hill");
  await cluster.condition("RoleBinding", "learn", "Ready");
  const lease = { namespace: "default", name: leaseName(SELECTOR) };
  expect((await cluster.client.get(Lease, lease)).spec?.holderIdentity).not.toBe("");
  expect(
    await cluster.client.find(Lease, { namespace: "default", name: leaseName(undefined) }),
  ).toBeUndefined();
  for (const name of ["dale", "moor"])
    expect((await cluster.client.get(LmsTenant, { namespace: "default", name })).status).toBeUndefined();
});

test("an object that gets the label is taken up; one that loses it is left as it is", async () => {
  const { cluster } = harness;
  await cluster.apply(inShard("a", aTenant("dale")));
  await cluster.condition("LmsTenant", "dale", "Ready", "False", { reason: "WaitingForDatabase" });
  await cluster.apply(inShard("b", aTenant("hill")));
  const before = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
  await cluster.apply(inShard("b", aTenant("hill", { site: { title: "Not for this shard" } })));
  await sleep(2_000);
  const after = await cluster.client.get(LmsTenant, { namespace: "default", name: "hill" });
  expect(after.status).toEqual(before.status);
});
