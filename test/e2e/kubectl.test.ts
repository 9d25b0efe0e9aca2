// kubectl against the sandbox, as a person types it. Skips where there is no kubectl.
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { aCourse, aSchool } from "../scenario/school.ts";
import { type EmptySandbox, emptySandbox } from "../support/empty-sandbox.ts";

const run = promisify(execFile);

function hasKubectl(): boolean {
  try {
    execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("skipped: there is no kubectl on this machine (Debian: kubernetes-client)");
    return false;
  }
}

describe.skipIf(!hasKubectl())("kubectl", () => {
  let sandbox: EmptySandbox;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  const kubectl = async (...args: string[]): Promise<string> =>
    (await run("kubectl", args, { env, maxBuffer: 1 << 26 })).stdout;
  /** What it says on stderr when it fails. */
  const failure = (...args: string[]): Promise<string> =>
    run("kubectl", args, { env }).then(
      ({ stdout }) => Promise.reject(new Error(`kubectl ${args.join(" ")} worked: ${stdout}`)),
      (error: { stderr: string }) => error.stderr,
    );
  const file = async (name: string, ...objects: object[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, objects.map((object) => stringify(object)).join("---\n"));
    return path;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "provost-kubectl-"));
    sandbox = await emptySandbox();
    env = {
      ...process.env,
      KUBECONFIG: sandbox.kubeconfig,
      HOME: folder,
      KUBE_EDITOR: `sed -i "s/title: Course basics/title: Edited basics/"`,
    };
  }, 200_000);

  afterAll(async () => {
    await sandbox?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  test("apply from client and server, wait for Ready, apply again unchanged", async () => {
    const path = await file("school.yaml", ...aSchool("hill"));
    expect(await kubectl("apply", "-f", path)).toMatch(/lmstenant.*created/);
    await kubectl(
      "wait",
      "--for=condition=Ready",
      "lmstenant/hill",
      "course/basics",
      "rolebindings.provost.dev/learn",
      "--timeout=120s",
    );
    expect((await kubectl("apply", "-f", path)).trim().split("\n")).toEqual(
      expect.arrayContaining([expect.stringMatching(/unchanged/)]),
    );
    expect(await kubectl("apply", "--server-side", "--force-conflicts", "-f", path)).toMatch(
      /serverside-applied/,
    );
  }, 200_000);

  test("get prints URL, version, readiness and age; wide, yaml and by category too", async () => {
    const [head = "", row = ""] = (await kubectl("get", "lms")).split("\n");
    expect(head.split(/\s{2,}/)).toEqual(["NAME", "URL", "VERSION", "READY", "STATUS", "AGE"]);
    expect(row).toMatch(
      /^hill\s+http:\/\/hill\.example\.org\.localhost:\d+\s+\d+\.\d+\.\d+\s+True\s+\w+\s+\d+[sm]/,
    );
    expect(await kubectl("get", "crs", "-o", "wide")).toMatch(/basics\s+hill\s+Course basics\s+3\s+http/);
    expect(await kubectl("get", "provost")).toMatch(/learner/);
    expect(await kubectl("get", "pods")).toMatch(/hill-lms-\S+\s+1\/1\s+Running/);
    expect(await kubectl("get", "lmstenant", "hill", "-o", "yaml")).toContain("observedGeneration");
    expect(await kubectl("get", "lmstenant", "hill", "-o", "jsonpath={.status.url}")).toMatch(/^http/);
    expect(await kubectl("api-resources", "--api-group=provost.dev")).toMatch(
      /lmstenants\s+lms\s+provost\.dev\/v1alpha1\s+true\s+LmsTenant/,
    );
  });

  test("describe tells the story of a site", async () => {
    const story = await kubectl("describe", "lmstenant", "hill");
    expect(story).toMatch(/Events:/);
    expect(story).toMatch(/Ready/);
    expect(story.split("Events:")[1]?.trim().split("\n").length).toBeGreaterThan(2);
  });

  test("explain knows every field", async () => {
    expect(await kubectl("explain", "lmstenant.spec.site.title")).toMatch(/Name of the site/);
    expect(await kubectl("explain", "course.spec", "--recursive")).toMatch(/passPercent/);
  });

  test("edit, patch, label, and what is refused says where and why", async () => {
    expect(await kubectl("edit", "course", "basics")).toMatch(/edited/);
    await kubectl("wait", "--for=jsonpath={.spec.title}=Edited basics", "course/basics", "--timeout=30s");
    expect(
      await kubectl("patch", "course", "basics", "--type=merge", "-p", '{"spec":{"title":"Patched"}}'),
    ).toMatch(/patched/);
    expect(
      await kubectl(
        "patch",
        "course",
        "basics",
        "--type=json",
        "-p",
        '[{"op":"replace","path":"/spec/title","value":"Course basics"}]',
      ),
    ).toMatch(/patched/);
    expect(await kubectl("label", "course", "basics", "term=autumn")).toMatch(/labeled/);
    expect(await kubectl("get", "crs", "-l", "term=autumn", "-o", "name")).toBe(
      "course.provost.dev/basics\n",
    );
    const course = aCourse("basics", "hill");
    expect(
      await failure(
        "apply",
        "-f",
        await file("typo.yaml", { ...course, spec: { ...course.spec, titel: "x" } }),
      ),
    ).toMatch(/spec\.titel/);
    expect(await failure("apply", "-f", await file("moved.yaml", aCourse("basics", "dale")))).toMatch(
      /tenantRef.*immutable/s,
    );
  });

  test("logs of the LMS pod, followed too", async () => {
    expect(await kubectl("logs", "deployment/hill-lms")).toMatch(/the site is open/);
    const follow = spawn("kubectl", ["logs", "-f", "--tail=1", "deployment/hill-lms"], { env });
    let text = "";
    follow.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    for (let i = 0; i < 100 && text === ""; i++) await sleep(100);
    follow.kill();
    expect(text).not.toBe("");
  });

  test("get --watch shows what comes and goes", async () => {
    const watch = spawn("kubectl", ["get", "configmaps", "--watch", "--output-watch-events"], { env });
    let text = "";
    watch.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const seen = async (words: RegExp): Promise<void> => {
      for (let i = 0; i < 200 && !words.test(text); i++) await sleep(100);
      expect(text).toMatch(words);
    };
    await sleep(500);
    await kubectl("create", "configmap", "passing", "--from-literal=a=b");
    await seen(/ADDED\s+passing/);
    await kubectl("delete", "configmap", "passing");
    await seen(/DELETED\s+passing/);
    watch.kill();
  });

  test("deleting a namespace takes everything in it along", async () => {
    await kubectl("create", "namespace", "passing");
    await kubectl("-n", "passing", "create", "secret", "generic", "s", "--from-literal=a=b");
    await kubectl("delete", "namespace", "passing", "--timeout=60s");
    expect(await failure("get", "namespace", "passing")).toMatch(/not found/);
  });

  test("delete waits until a course is gone", async () => {
    expect(await kubectl("delete", "course", "basics", "--timeout=60s")).toMatch(/deleted/);
    expect(await failure("get", "course", "basics")).toMatch(/not found/);
  });
});
