// Courses written by others for other systems, on a real Kubernetes: big manifests, pictures from ConfigMaps.
import { afterAll, beforeAll, expect, test } from "vitest";
import { gitNovice } from "../scenario/content/git-novice.ts";
import { thirdPartyContent } from "../scenario/content/mapped-course.ts";
import { operatingSystems } from "../scenario/content/operating-systems.ts";
import { readCourse } from "../scenario/content/read-course.ts";
import { aBinding, aTenant } from "../scenario/school.ts";
import { describeOnCluster } from "./support/cluster.ts";
import { OperatedNamespace } from "./support/operated-namespace.ts";

await describeOnCluster("third-party courses", { pods: true, kubectl: true }, (found) => {
  let school: OperatedNamespace;
  beforeAll(async () => {
    school = await OperatedNamespace.open(found, "content", "namespace");
    await school.makeRoomFor("hill");
    await school.kubectl.apply(aTenant("hill", {}, school.namespace));
    await school.kubectl.waitReady(["lmstenant/hill"]);
  }, 300_000);
  afterAll(() => school?.close());

  test.for([
    ["git-novice", gitNovice],
    ["operating-systems", operatingSystems],
  ] as const)("%s can be read to the end, with its pictures and quizzes", async ([name, map], { skip }) => {
    const folder = thirdPartyContent(name);
    if (!folder) return skip(`the course ${name} is not here (PROVOST_TEST_CONTENT)`);
    const { namespace } = school;
    const content = map(folder, "hill", namespace);
    // Server-side: what client-side apply remembers in an annotation may have 256 KiB, and this is more.
    await school.cluster.apply(
      ...content.configMaps,
      content.course,
      aBinding(name, "hill", { role: "learner", users: ["lea"], course: name }, namespace),
    );
    await school.kubectl.waitReady([`course.provost.dev/${name}`, `rolebinding.provost.dev/${name}`]);
    await using learner = await school.signIn("hill", "lea");
    expect(await readCourse(learner, content)).toEqual([]);
  });
});
