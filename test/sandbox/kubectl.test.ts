import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { core, Harness, until, widgetCrd, widgets } from "../../sandbox/apiserver/testing/harness.ts";
import { Kubectl, kubectlVersion } from "../../sandbox/apiserver/testing/kubectl.ts";

const version = kubectlVersion();
if (version === undefined) console.error("kubectl is not installed: its tests are skipped");

const json = (object: object): string => JSON.stringify(object);
const lines = (text: string): string[] => text.trimEnd().split("\n");
/** A table's rows with their cells, by two spaces and more. */
const rows = (text: string): string[][] => lines(text).map((line) => line.trim().split(/ {2,}/));

const widget = (name: string, spec: object): string =>
  json({ apiVersion: "example.test/v1", kind: "Widget", metadata: { name }, spec });

const deployment = (image: string, more: object = {}): string =>
  json({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "c", image, ports: [{ containerPort: 80 }] }] },
      },
      ...more,
    },
  });

describe.skipIf(version === undefined)(`kubectl ${version ?? ""}`, { timeout: 120_000 }, () => {
  let harness: Harness;
  let kubectl: Kubectl;

  beforeAll(async () => {
    harness = await new Harness().start();
    kubectl = new Kubectl(harness.api.kubeconfigPath);
    await kubectl.ok("apply -f -", json(widgetCrd));
    await kubectl.ok("wait --for=condition=Established crd/widgets.example.test");
  });
  afterAll(async () => {
    await harness.end();
    rmSync(kubectl.home, { recursive: true, force: true });
  });

  test("knows the kinds, by short name and category too", async () => {
    expect(rows(await kubectl.ok("api-resources"))).toContainEqual([
      "widgets",
      "wd",
      "example.test/v1",
      "true",
      "Widget",
    ]);
    expect(lines(await kubectl.ok("api-versions"))).toEqual(
      expect.arrayContaining(["v1", "example.test/v1"]),
    );
    await kubectl.ok("apply -f -", widget("short", { colour: "green" }));
    expect(await kubectl.ok("get wd short -o name")).toBe("widget.example.test/short\n");
    expect(await kubectl.ok("get all -o name")).toContain("widget.example.test/short");
  });

  test("applies on the client's side: create, no change, change, prune a field", async () => {
    expect(await kubectl.ok("apply -f -", deployment("one"))).toBe("deployment.apps/web created\n");
    expect(await kubectl.ok("apply -f -", deployment("one"))).toBe("deployment.apps/web unchanged\n");
    expect(await kubectl.ok("apply -f -", deployment("two", { minReadySeconds: 5 }))).toContain("configured");
    expect(await kubectl.ok("apply -f -", deployment("two"))).toContain("configured");
    const path = "{.spec.template.spec.containers[0].image} {.spec.minReadySeconds}";
    const read = await kubectl.run(["get", "deploy", "web", "-o", `jsonpath=${path}`]);
    expect(read.stdout).toBe("two ");
    const diff = await kubectl.run(["diff", "-f", "-"], deployment("three"));
    expect(diff.code).toBe(1);
    expect(diff.stdout).toMatch(/^\+ +- image: three$/m);
  });

  test("applies changes of custom kinds, whose patches are plain merges", async () => {
    const applied = (spec: object) => kubectl.ok("apply -f -", widget("changed", spec));
    expect(await applied({ colour: "green", size: 2 })).toContain("created");
    expect(await applied({ colour: "green", size: 3 })).toContain("configured");
    expect(await applied({ colour: "green" })).toContain("configured");
    expect(await kubectl.ok("get widget changed -o jsonpath={.spec.size}")).toBe("1");
    expect(await applied({ colour: "green" })).toContain("unchanged");
  });

  test("applies on the server's side, and is told of conflicts", async () => {
    const spec = { colour: "blue", size: 2 };
    expect(await kubectl.ok("apply --server-side -f -", widget("ssa", spec))).toContain("serverside-applied");
    await harness.apply(
      widgets("ssa"),
      JSON.parse(widget("ssa", { ...spec, size: 3 })) as object,
      "other",
      "&force=true",
    );
    const complaint = await kubectl.refused("apply --server-side -f -", widget("ssa", spec));
    expect(complaint).toContain('conflict with "other": .spec.size');
    await kubectl.ok("apply --server-side --force-conflicts -f -", widget("ssa", spec));
  });

  test("applies a List, and a file of several documents and kinds", async () => {
    const map = (name: string, value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { value },
    });
    const list = (value: string): string =>
      json({
        apiVersion: "v1",
        kind: "List",
        items: [map("listed", value), JSON.parse(widget("listed", { colour: "red" })) as object],
      });
    expect(lines(await kubectl.ok("apply -f -", list("1")))).toEqual([
      "configmap/listed created",
      "widget.example.test/listed created",
    ]);
    expect(lines(await kubectl.ok("apply -f -", list("2")))).toEqual([
      "configmap/listed configured",
      "widget.example.test/listed unchanged",
    ]);
    const slip = list("3").replace('"colour"', '"color"');
    expect(await kubectl.refused("apply -f -", slip)).toContain('unknown field "color"');
    const documents = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "several" } },
      { ...map("one", "1"), metadata: { name: "one", namespace: "several" } },
      { ...(JSON.parse(deployment("x")) as object), metadata: { name: "two", namespace: "several" } },
    ].map(json);
    expect(
      lines(await kubectl.ok("apply -f -", `# several\n---\n${documents.join("\n---\n# nothing\n---\n")}`)),
    ).toEqual(["namespace/several created", "configmap/one created", "deployment.apps/two created"]);
  });

  test("is refused what the schema, a rule or strict fields forbid, with the field's path", async () => {
    expect(await kubectl.refused("apply -f -", widget("bad", { colour: "pink" }))).toMatch(
      /spec\.colour: Unsupported value: "pink": supported values: "red", "green", "blue"/,
    );
    expect(await kubectl.refused("apply -f -", widget("bad", { colour: "red", size: 9 }))).toContain(
      "red widgets are small",
    );
    expect(await kubectl.refused("apply -f -", widget("bad", { colour: "red", sise: 2 }))).toContain(
      'strict decoding error: unknown field "spec.sise"',
    );
    expect(await kubectl.refused("apply -f -", deployment("x", { replicaz: 1 }))).toContain(
      'unknown field "spec.replicaz"',
    );
    expect(await kubectl.refused("get widget none")).toContain('widgets.example.test "none" not found');
  });

  test("gets tables, wide ones, YAML, and by label", async () => {
    await kubectl.ok("apply -f -", widget("shown", { colour: "green", size: 7 }));
    await kubectl.ok("label widget shown which=this");
    const [head, row] = rows(await kubectl.ok("get widgets -l which=this"));
    expect(head).toEqual(["NAME", "COLOUR", "AGE"]);
    expect(row).toEqual(["shown", "green", expect.stringMatching(/^\d+m?\d*s?$/)]);
    const [wide] = rows(await kubectl.ok("get widgets -o wide -l which=this"));
    expect(wide).toEqual(["NAME", "COLOUR", "SIZE", "AGE"]);
    expect(rows(await kubectl.ok("get widgets -A --show-labels"))[0]).toContain("LABELS");
    expect(await kubectl.ok("get widget shown -o yaml")).toMatch(/^ {2}size: 7$/m);
    expect(rows(await kubectl.ok("get deploy web"))[0]).toEqual([
      "NAME",
      "READY",
      "UP-TO-DATE",
      "AVAILABLE",
      "AGE",
    ]);
    expect(await kubectl.ok("get pods")).toBe("");
  });

  test("watches", async () => {
    await kubectl.ok("apply -f -", widget("watched", { colour: "green" }));
    const child = kubectl.start([
      "get",
      "widget",
      "watched",
      "-w",
      "-o",
      "custom-columns=S:.spec.size",
      "--no-headers",
    ]);
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await until(() => output.includes("1"));
    await kubectl.ok('patch widget watched --type=merge -p {"spec":{"size":2}}');
    await until(() => output.includes("2"));
    await kubectl.ok("scale widget watched --replicas=3");
    await until(() => output.includes("3"));
    child.kill();
    expect(output.match(/\d/g)).toEqual(["1", "2", "3"]);
  });

  test("edits, patches, annotates, scales and deletes", async () => {
    await kubectl.ok("apply -f -", widget("edited", { colour: "green" }));
    const edited = await kubectl.ok("edit widget edited", "", {
      KUBE_EDITOR: "sed -i s/size:.1/size:\\ 11/",
    });
    expect(edited).toContain("edited");
    expect(await kubectl.ok("get widget edited -o jsonpath={.spec.size}")).toBe("11");
    await kubectl.ok(
      'patch deploy web -p {"spec":{"template":{"spec":{"containers":[{"name":"d","image":"i"}]}}}}',
    );
    expect(await kubectl.ok("get deploy web -o jsonpath={.spec.template.spec.containers[*].name}")).toBe(
      "d c",
    );
    await kubectl.ok("set image deploy/web c=four");
    await kubectl.ok("annotate deploy web a/b=c");
    await kubectl.ok("scale deploy web --replicas=3");
    expect(await kubectl.ok("get deploy web -o jsonpath={.spec.replicas}{.metadata.annotations.a/b}")).toBe(
      "3c",
    );
    expect(await kubectl.ok("delete deploy web")).toContain('deployment.apps "web" deleted');
    expect(await kubectl.refused("get deploy web")).toContain("NotFound");
  });

  test("edits built-in kinds as well", async () => {
    await kubectl.ok(
      "apply -f -",
      json({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "edit" }, data: { a: "one" } }),
    );
    await kubectl.ok("edit cm edit", "", { KUBE_EDITOR: "sed -i s/one/two/" });
    expect(await kubectl.ok("get cm edit -o jsonpath={.data.a}")).toBe("two");
  });

  test("waits for conditions and for deletion", async () => {
    await kubectl.ok(
      "apply -f -",
      json({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "waited" },
        spec: { containers: [{ name: "c", image: "x" }] },
      }),
    );
    const waiting = kubectl.ok("wait --for=condition=Ready pod/waited --timeout=60s");
    await harness.done(
      "PATCH",
      `${core("pods", "waited")}/status`,
      { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } },
      { "content-type": "application/merge-patch+json" },
    );
    expect(await waiting).toContain("condition met");
    const leaving = kubectl.ok("wait --for=delete pod/waited --timeout=60s");
    await kubectl.ok("delete pod waited");
    await leaving;
    expect(await kubectl.refused("wait --for=condition=Ready pod/waited --timeout=1s")).toContain(
      "not found",
    );
  });

  test("describes, with events", async () => {
    await kubectl.ok("apply -f -", widget("told", { colour: "green" }));
    const { object } = await harness.done("GET", widgets("told"));
    const { name, namespace, uid } = object.metadata;
    await harness.done("POST", core("events"), {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "told.1" },
      involvedObject: { apiVersion: "example.test/v1", kind: "Widget", name, namespace, uid },
      reason: "Painted",
      message: "it is green now",
      type: "Normal",
      source: { component: "painter" },
      firstTimestamp: new Date().toISOString(),
      lastTimestamp: new Date().toISOString(),
      count: 1,
    });
    const text = await kubectl.ok("describe widget told");
    expect(text).toMatch(/Colour: +green/);
    expect(text).toMatch(/Normal +Painted +\S+ +painter +it is green now/);
    expect((await kubectl.ok("get events")).replace(/ +/g, " ")).toContain(
      "Normal Painted widget/told it is green now",
    );
  });

  test("explains", async () => {
    const text = await kubectl.ok("explain widget.spec");
    expect(text).toContain("What the widget should be.");
    expect(text).toMatch(/colour\s+<string> -required-/);
    const all = await kubectl.ok("explain widget --recursive");
    expect(all).toMatch(/ {2}spec\s+<Object> -required-\n {4}colour\s+<string> -required-/);
    expect(await kubectl.ok("explain deployment.spec.template.spec.containers.ports")).toContain(
      "containerPort",
    );
    // Built-in kinds have no descriptions here; their types are there.
    expect(await kubectl.ok("explain deployment.spec.replicas")).toMatch(/FIELD: replicas <integer>/);
    expect(await kubectl.ok("explain deployment.spec.strategy")).toMatch(
      /type\s+<string>\s+enum: Recreate, RollingUpdate/,
    );
    expect(await kubectl.refused("explain widget.spec.nothing")).toContain('field "nothing" does not exist');
  });

  test("creates and deletes namespaces with what is in them", async () => {
    await kubectl.ok(
      "apply -f -",
      json({ apiVersion: "v1", kind: "Namespace", metadata: { name: "short-lived" } }),
    );
    await kubectl.ok("-n short-lived apply -f -", widget("inside", { colour: "red" }));
    await kubectl.ok("delete namespace short-lived");
    expect(await kubectl.refused("get namespace short-lived")).toContain("not found");
  });

  test("says plainly what there is not: logs without a node, exec", async () => {
    await kubectl.ok(
      "apply -f -",
      json({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "mute" },
        spec: { containers: [{ name: "c", image: "x" }] },
      }),
    );
    expect(await kubectl.refused("logs mute")).toContain("runs without a node");
    expect(await kubectl.refused("exec mute -- ls")).toContain("the sandbox has no exec");
    expect(await kubectl.refused("attach mute")).toContain("the sandbox has no exec, attach or port-forward");
    expect(await kubectl.refused("logs nobody")).toContain('pods "nobody" not found');
    expect(await kubectl.refused("top nodes")).toContain("Metrics API not available");
  });

  test("asks who it is and what it may do", async () => {
    expect(await kubectl.ok("auth can-i delete pods")).toBe("yes\n");
    expect(await kubectl.ok("auth whoami")).toContain("provost-sandbox");
  });

  test("creates a namespace, and does not see what another one holds", async () => {
    expect(await kubectl.ok("create namespace apart")).toBe("namespace/apart created\n");
    await kubectl.ok("-n apart apply -f -", widget("within", { colour: "red" }));
    expect(await kubectl.refused("get widget within")).toContain("not found");
    expect(await kubectl.ok("-n apart get widget within -o name")).toContain("within");
  });

  test("dry runs change nothing", async () => {
    const answer = await kubectl.ok("apply --dry-run=server -f -", widget("dry", { colour: "red" }));
    expect(answer).toContain("created (server dry run)");
    expect(await kubectl.refused("get widget dry")).toContain("not found");
  });
});
