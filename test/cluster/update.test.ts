// Updates on a real Kubernetes: releases with images of their own, Jobs of the new image, a rolling replacement by the
// Deployment controller and kubelet under visitors that come through kube-proxy, and the way back.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { LmsTenant, ReleaseCatalog } from "../../controller/kinds.ts";
import { names } from "../../controller/tenant/names.ts";
import packageJson from "../../package.json" with { type: "json" };
import { rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { aCatalog, aSchool, aTenant, QUIZ } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { aGate } from "../support/update-stage.ts";
import { NEXT, UNWELL } from "./images/releases.ts";
import { describeOnCluster, imageOf } from "./support/cluster.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";
import { VisitorsInside } from "./support/visitors-inside.ts";

const CURRENT = packageJson.version;
const ENDS_WITHIN_MS = 280_000;

const releases = [NEXT.version, UNWELL.version];
await describeOnCluster("updates", { pods: true, kubectl: true, releases }, (found) => {
  let school: OperatedNamespace;
  let visitors: VisitorsInside;

  const site = (version: string) =>
    aTenant(
      "hill",
      {
        version,
        replicas: 2,
        backup: { destination: { volume: { size: "1Gi" } } },
        // Catalogs belong to the whole cluster: this one is ours by its name.
        update: { gate: aGate(0), catalogRef: { name: school.namespace } },
      },
      school.namespace,
    );
  const status = async () =>
    (await school.cluster.client.get(LmsTenant, { namespace: school.namespace, name: "hill" })).status ?? {};
  const updatedTo = async (version: string) => {
    const before = (await status()).update?.id;
    await school.kubectl.apply(site(version));
    let last: unknown;
    const update = await school.cluster.until(
      `the update to ${version} ends`,
      async () => {
        const { update } = await status();
        last = update;
        return update?.id !== before && update?.result !== undefined ? update : undefined;
      },
      () => JSON.stringify(last),
      ENDS_WITHIN_MS,
    );
    return { update, steps: update.steps?.map(({ name }) => name).join(" ") };
  };
  /** Once the site has settled on it. */
  const serves = (version: string) =>
    school.cluster.until(`the site is on ${version}`, async () =>
      (await status()).version === version ? true : undefined,
    );
  const grades = async (): Promise<string> => {
    await using learner = await school.signIn("hill", "lea");
    return textOf((await learner.get("/grades")).html);
  };

  beforeAll(async () => {
    school = await OperatedNamespace.open(found, "updates", "cluster");
    const { kubectl, namespace } = school;
    await school.makeRoomFor("hill");
    await school.makeRoomForBackupsOf("hill");
    const offers = [CURRENT, ...releases].map((version) => ({ version, image: imageOf(version) }));
    const [, ...rest] = aSchool("hill", namespace);
    await kubectl.apply(aCatalog(offers, namespace), site(CURRENT), ...rest);
    await kubectl.waitReady(["lmstenant.provost.dev/hill", "rolebinding.provost.dev/learn"]);
    await using learner = await school.signIn("hill", "lea");
    await takeQuiz(learner, "basics", "check", rightAnswers(QUIZ));
    visitors = await VisitorsInside.to(`http://${names("hill").runtime}/sign-in`, school);
  });
  afterAll(async () => {
    await visitors?.leave();
    await school?.cluster.client.delete(ReleaseCatalog, { namespace: "", name: school.namespace });
    await school?.close();
  });
  const story = (name: string, tell: () => Promise<void>): void =>
    test(name, async () => {
      onTestFailed(() => console.error(school.operator.log.slice(-5_000)));
      await tell();
    });

  story("a release that is well takes over, and no visit fails", async () => {
    const { update, steps } = await updatedTo(NEXT.version);
    expect(update).toMatchObject({ result: "Succeeded", schema: { compatible: true } });
    expect(steps).toBe("Approval Window Check Backup Verify Migrate Rollout Soak");
    await serves(NEXT.version);
    expect((await visitors.more()).failures).toEqual([]);
    expect(await grades()).toMatch(/Check yourself.*100%/);
  });

  story("a release that does not find itself well goes back, and no visit fails", async () => {
    const { update, steps } = await updatedTo(UNWELL.version);
    expect(update).toMatchObject({
      result: "RolledBack",
      reason: "ProbeFailed",
      message: expect.stringContaining("the front page is upside down") as string,
    });
    expect(steps).toBe("Approval Window Check Backup Verify Migrate Rollout Soak Revert");
    await serves(NEXT.version);
    expect((await visitors.more()).failures).toEqual([]);
    expect(await grades()).toMatch(/Check yourself.*100%/);
  });
});
