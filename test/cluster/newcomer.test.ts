// The newcomer's path on a real Kubernetes: manifests in, a site out; the operator runs outside, the pods inside.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { Deployment, Service } from "../../controller/engine/index.ts";
import { finishItem, rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { aCourse, aSchool, QUIZ } from "../scenario/school.ts";
import { textOf } from "../scenario/visitor.ts";
import { describeOnCluster } from "./support/cluster.ts";
import { countingProxy } from "./support/counting-proxy.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";

await describeOnCluster("a site", { pods: true, kubectl: true }, (found) => {
  let school: OperatedNamespace;
  beforeAll(async () => {
    school = await OperatedNamespace.open(found, "newcomer", "cluster");
  });
  afterAll(() => school?.close());
  const story = (name: string, tell: () => Promise<void>): void =>
    test(name, async () => {
      onTestFailed(() => console.error(school.operator.log.slice(-5_000)));
      await tell();
    });

  const manifests = () => aSchool("hill", school.namespace);
  const everything = () =>
    manifests().map(({ kind, metadata }) => `${kind.toLowerCase()}.provost.dev/${metadata.name}`);
  const pageSays = (title: string) =>
    school.cluster.until(`the course page says ${title}`, async () => {
      await using visitor = await school.visit("hill");
      return textOf((await visitor.get("/courses/basics")).html).includes(title) ? true : undefined;
    });

  story("applied manifests become a running site, and kubectl wait sees it", async () => {
    await school.makeRoomFor("hill");
    await school.kubectl.apply(...manifests());
    await school.kubectl.waitReady(everything());
    const table = await school.kubectl.run(["get", "lmstenants"]);
    expect(table).toMatch(/hill +http:\/\/hill\.example\.org +\d+\.\d+\.\d+ +True/);
  });

  story(
    "a learner signs in, reads a lesson, takes a quiz and sees the grade; so does the instructor",
    async () => {
      await using learner = await school.signIn("hill", "lea");
      expect(textOf((await learner.get("/dashboard")).html)).toContain("Course basics");
      const lesson = await learner.get("/courses/basics/items/welcome");
      expect(textOf(lesson.html)).toContain("Glad you are here");
      await finishItem(learner, "basics", "welcome");
      const { result } = await takeQuiz(learner, "basics", "check", rightAnswers(QUIZ));
      expect(textOf(result.html)).toContain("5 of 5 points");
      expect(textOf((await learner.get("/grades")).html)).toMatch(/Check yourself.*100%/);
      await using instructor = await school.signIn("hill", "ida");
      expect(textOf((await instructor.get("/courses/basics/gradebook")).html)).toMatch(/Lea Learner.*100%/);
    },
  );

  story("a title that is applied is on the page", async () => {
    const { spec, ...course } = aCourse("basics", "hill", {}, school.namespace);
    await school.kubectl.apply({ ...course, spec: { ...spec, title: "Basics, second edition" } });
    await pageSays("Basics, second edition");
  });

  story("an operator that looks at everything anew writes nothing", async () => {
    await school.kubectl.waitReady(everything());
    await school.operator.stop();
    const proxy = await countingProxy(school.operatorKubeconfig);
    const operator = await school.startOperator(proxy.kubeconfig);
    await school.cluster.until("every object was reconciled", async () => {
      const reconciles = await operator.reconciles();
      const of = (controller: string) =>
        [...reconciles].reduce((sum, [name, n]) => sum + (name.startsWith(`${controller} `) ? n : 0), 0);
      return of("lmstenant") >= 1 && of("course") >= 1 && of("rolebinding") >= 2 ? true : undefined;
    });
    // What a reconcile wakes comes after it.
    await sleep(5_000);
    const writes = () => proxy.requests.filter((line) => !/^(GET|HEAD) |\/events\b/.test(line));
    expect(proxy.requests.length).toBeGreaterThan(10);
    expect(writes()).toEqual([]);

    // One title is one document to the LMS and one status.
    const { spec, ...course } = aCourse("basics", "hill", {}, school.namespace);
    await school.kubectl.apply({ ...course, spec: { ...spec, title: "Basics, revised" } });
    await pageSays("Basics, revised");
    await school.kubectl.waitReady(everything());
    await sleep(2_000);
    await operator.stop();
    await proxy.close();
    expect(writes().map((line) => line.split("?")[0])).toEqual([
      expect.stringMatching(/^PUT .*\/proxy\/admin\/v1\/courses\/basics$/),
      expect.stringMatching(/^PATCH .*\/courses\/basics\/status$/),
    ]);
  });

  story("what happened while no operator ran is put right by the next", async () => {
    await school.startOperator();
    const { spec, ...course } = aCourse("basics", "hill", {}, school.namespace);
    await school.cluster.until("it works", async () =>
      (await school.operator.reconciles()).size > 0 ? true : undefined,
    );
    await school.kubectl.apply({ ...course, spec: { ...spec, title: "Basics, third edition" } });
    await school.operator.kill();

    const key = { namespace: school.namespace, name: "hill-lms" };
    await school.cluster.client.delete(Service, key);
    await school.cluster.client.mergePatch(Deployment, key, { spec: { replicas: 2 } });
    await school.kubectl.apply({ ...course, spec: { ...spec, title: "Basics, fourth edition" } });
    await school.startOperator();
    await school.cluster.until("the Service is back and one replica wanted", async () => {
      const service = await school.cluster.client.find(Service, key);
      const deployment = await school.cluster.client.get(Deployment, key);
      return service && deployment.spec?.replicas === 1 ? true : undefined;
    });
    await pageSays("Basics, fourth edition");
    await school.kubectl.waitReady(everything());
  });
});
