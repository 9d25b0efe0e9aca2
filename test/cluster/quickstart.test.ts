// examples/quickstart as it is, applied with kubectl to a real Kubernetes.
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { finishItem, rightAnswers, takeQuiz } from "../scenario/learner.ts";
import { textOf } from "../scenario/visitor.ts";
import { copyQuickstart, courseKey, itemsOf, type Quickstart } from "../support/quickstart.ts";
import { describeOnCluster } from "./support/cluster.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";

await describeOnCluster("examples/quickstart", { pods: true, kubectl: true }, (found) => {
  let school: OperatedNamespace;
  let quickstart: Quickstart;
  const site = (): string => quickstart.tenant.metadata.name;

  beforeAll(async () => {
    quickstart = await copyQuickstart();
    school = await OperatedNamespace.open(found, "quickstart", "cluster");
    await school.makeRoomFor(site());
  });
  afterAll(async () => {
    await school?.close();
    await quickstart.remove();
  });

  test("kubectl apply, and everything becomes Ready", async () => {
    onTestFailed(() => console.error(school.operator.log.slice(-5_000)));
    await school.kubectl.run(["apply", "-f", quickstart.folder]);
    for (const kind of ["lmstenants", "courses", "rolebindings"])
      await school.kubectl.waitReady([`${kind}.provost.dev`, "--all"]);
  });

  test("a learner takes every quiz of both courses, and the grades are all there", async () => {
    await using learner = await school.signIn(site(), quickstart.member("learner"));
    for (const course of quickstart.courses) {
      const key = courseKey(course);
      for (const item of itemsOf(course)) {
        if (item.lesson) await finishItem(learner, key, item.key);
        if (!item.quiz) continue;
        const { result } = await takeQuiz(learner, key, item.key, rightAnswers(item.quiz));
        const points = item.quiz.questions.reduce((sum, question) => sum + (question.points ?? 1), 0);
        expect(textOf(result.html)).toContain(`${points} of ${points} point`);
      }
    }
    const grades = textOf((await learner.get("/grades")).html);
    for (const course of quickstart.courses) expect(grades).toContain(course.spec.title);
    expect(grades.match(/100%/g)?.length).toBeGreaterThanOrEqual(quickstart.courses.length);
    await using instructor = await school.signIn(site(), quickstart.member("instructor"));
    for (const course of quickstart.courses)
      expect(textOf((await instructor.get(`/courses/${courseKey(course)}/gradebook`)).html)).toContain(
        "100%",
      );
  });

  test("a title edited in the file and applied again is on the page", async () => {
    const [course] = quickstart.courses;
    if (!course) throw new Error("examples/quickstart declares no Course");
    const title = `${course.spec.title} (second edition)`;
    await quickstart.edit(course, course.spec.title, title);
    await school.kubectl.run(["apply", "-f", quickstart.folder]);
    await using visitor = await school.visit(site());
    await school.cluster.until("the page shows the new title", async () =>
      textOf((await visitor.get(`/courses/${courseKey(course)}`)).html).includes(title) ? true : undefined,
    );
  });
});
