// Backups and restores on a real Kubernetes: Jobs under the Pod Security Standard "restricted", their reports in real
// termination messages, the operator with the rights of deploy/.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { Pod } from "../../controller/engine/index.ts";
import { Backup, Restore } from "../../controller/kinds.ts";
import { aBackup, aRestore, aSchool, aTenant } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { describeOnCluster } from "./support/cluster.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";

await describeOnCluster("backups", { pods: true, kubectl: true }, (found) => {
  let school: OperatedNamespace;
  beforeAll(async () => {
    school = await OperatedNamespace.open(found, "backups", "cluster");
    const { namespace } = school;
    await school.makeRoomFor("hill");
    await school.makeRoomForBackupsOf("hill");
    const [, ...rest] = aSchool("hill", namespace);
    const backup = { destination: { volume: { size: "1Gi" } } } as const;
    await school.kubectl.apply(aTenant("hill", { backup }, namespace), ...rest);
    await school.kubectl.waitReady(["lmstenant.provost.dev/hill", "rolebinding.provost.dev/learn"]);
  }, 300_000);
  afterAll(() => school?.close());
  const story = (name: string, tell: () => Promise<void>): void =>
    test(name, async () => {
      onTestFailed(() => console.error(school.operator.log.slice(-5_000)));
      await tell();
    });
  const restore = (name: string, spec: Parameters<typeof aRestore>[2]) => {
    const { metadata, ...rest } = aRestore(name, "hill", spec);
    return { ...rest, metadata: { ...metadata, namespace: school.namespace } };
  };
  const source = { backupRef: { name: "first" } } as const;

  story("a Backup is made by a Job and tells what it is", async () => {
    await school.kubectl.apply(aBackup("first", "hill", {}, school.namespace));
    await school.kubectl.waitReady(["backup.provost.dev/first"]);
    const { status } = await school.cluster.client.get(Backup, {
      namespace: school.namespace,
      name: "first",
    });
    expect(status?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await school.kubectl.run(["get", "backups"])).toMatch(/first +hill +\S+ +[\d.]+ kB +True/);
  });

  story("the site is put back to it, and serves", async () => {
    await school.kubectl.apply(restore("back", { mode: "InPlace", confirm: "hill", source }));
    await school.kubectl.waitReady(["restore.provost.dev/back"]);
    await using learner = await school.signIn("hill", "lea");
    expect(textOf((await learner.get("/dashboard")).html)).toContain("Course basics");
  });

  story("a drill proves it where there are sidecars, and says so where there are none", async () => {
    await school.kubectl.apply(restore("drill", { source }));
    const ended = await school.cluster.until("the drill has ended", async () => {
      const { client } = school.cluster;
      const { status } = await client.get(Restore, { namespace: school.namespace, name: "drill" });
      const stalled = status?.conditions?.find(({ type }) => type === "Stalled");
      return status?.completedAt !== undefined || stalled?.status === "True" ? status : undefined;
    });
    if (ended.completedAt !== undefined) return expect(ended.checks?.every(({ ok }) => ok)).toBe(true);
    expect(ended.conditions?.find(({ type }) => type === "Stalled")).toMatchObject({
      reason: "SidecarsUnsupported",
      message: expect.stringContaining("1.29") as string,
    });
    await school.cluster.until("nothing of it is left", async () => {
      const pods = await school.cluster.client.list(Pod, { namespace: school.namespace });
      return pods.items.some(({ metadata }) => metadata.name.startsWith("drill-")) ? undefined : true;
    });
  });
});
