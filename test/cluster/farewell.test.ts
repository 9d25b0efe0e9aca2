// What is deleted goes, and what must not be lost stays: the course is archived, the volume and its password are kept.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import {
  Deployment,
  Ingress,
  type KubeObject,
  NetworkPolicy,
  PersistentVolumeClaim,
  Pod,
  type ResourceType,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
} from "../../controller/engine/index.ts";
import { Course, LmsTenant } from "../../controller/kinds.ts";
import { rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { aSchool, QUIZ } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { describeOnCluster } from "./support/cluster.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";

await describeOnCluster("a farewell", { pods: true, kubectl: true }, (found) => {
  let school: OperatedNamespace;
  beforeAll(async () => {
    school = await OperatedNamespace.open(found, "farewell", "namespace");
    await school.makeRoomFor("hill");
    await school.kubectl.apply(...aSchool("hill", school.namespace));
    await school.kubectl.waitReady(ALL);
    await using learner = await school.signIn("hill", "lea");
    await takeQuiz(learner, "basics", "check", { ...rightAnswers(QUIZ), "q.half": "7" });
  }, 300_000);
  afterAll(() => school?.close());
  const story = (name: string, tell: () => Promise<void>): void =>
    test(name, async () => {
      onTestFailed(() => console.error(school.operator.log.slice(-5_000)));
      await tell();
    });

  const ALL = ["lmstenant/hill", "course.provost.dev/basics", "rolebinding.provost.dev/learn"];
  const gone = <T extends KubeObject>(type: ResourceType<T>, name: string) =>
    school.cluster.until(`${type.kind} ${name} is gone`, async () =>
      (await school.cluster.client.find(type, { namespace: school.namespace, name })) ? undefined : true,
    );
  const grades = async (): Promise<string> => {
    await using learner = await school.signIn("hill", "lea");
    return textOf((await learner.get("/grades")).html);
  };

  story("a deleted Course is archived on the site, with the work of its learners", async () => {
    await school.kubectl.run(["delete", "course.provost.dev/basics", "--timeout=60s"]);
    await gone(Course, "basics");
    expect(await grades()).toMatch(/Archived.*80%|80%.*Archived/);
  });

  story("a deleted tenant takes its children along; the volume and its credentials stay", async () => {
    const { client } = school.cluster;
    const { namespace } = school;
    const owned: readonly (readonly [ResourceType, string])[] = [
      [Deployment, "hill-lms"],
      [StatefulSet, "hill-db"],
      [Service, "hill-lms"],
      [Service, "hill-db"],
      [Ingress, "hill"],
      [NetworkPolicy, "hill-lms"],
      [NetworkPolicy, "hill-db"],
      [ServiceAccount, "hill-lms"],
      [Secret, "hill-admin"],
    ];
    for (const [type, name] of owned) expect(await client.find(type, { namespace, name })).toBeDefined();
    const claim = () => client.get(PersistentVolumeClaim, { namespace, name: "hill-db-data" });
    // The password of the database, and those that accounts sign in with.
    const secrets = () =>
      Promise.all(["hill-database", "hill-accounts"].map((name) => client.get(Secret, { namespace, name })));
    const [claimBefore, secretsBefore] = [await claim(), await secrets()];

    await school.kubectl.run(["delete", "lmstenant/hill", "--timeout=60s"]);
    await gone(LmsTenant, "hill");
    for (const [type, name] of owned) await gone(type, name);
    await school.cluster.until("the pods are gone", async () =>
      (await client.list(Pod, { namespace })).items.length === 0 ? true : undefined,
    );
    expect((await claim()).metadata.uid).toBe(claimBefore.metadata.uid);
    expect((await secrets()).map(({ data }) => data)).toEqual(secretsBefore.map(({ data }) => data));
  });

  story("a tenant of the same name takes them up: the course declared again has every attempt", async () => {
    await school.kubectl.apply(...aSchool("hill", school.namespace));
    await school.kubectl.waitReady(ALL);
    const seen = await grades();
    expect(seen).toContain("80%");
    expect(seen).not.toContain("Archived");
  });
});
