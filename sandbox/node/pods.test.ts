// Pods as local processes: start, crash, probes, missing things that appear. How they stop is in pods-stop.test.ts.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resources } from "../workloads/objects.ts";

import type { Parts } from "./testing.ts";
import { aPodOf, aSecret, namespace, removeScratch, scratchFolder, startParts, until } from "./testing.ts";
import { podImages, waitsFor } from "./testing-pods.ts";

const folder = scratchFolder();
let parts: Parts;
const { ready, logged, reason } = waitsFor(() => parts);
beforeAll(async () => {
  parts = await startParts(folder, podImages);
});
afterAll(async () => {
  await parts.stop();
  removeScratch(folder);
});

test("a pod is scheduled, started and ready, with an address of its own and the events a kubelet writes", async () => {
  parts.create(
    resources.pods,
    aPodOf("fine", {
      image: "web:1",
      ports: [{ name: "http", containerPort: 8080 }],
      readinessProbe: { httpGet: { port: "http" }, periodSeconds: 60 },
    }),
  );
  await ready("fine");
  const { spec, status } = parts.pod("fine") ?? {};
  expect(spec?.nodeName).toBe("sandbox");
  expect(status?.phase).toBe("Running");
  expect(status?.podIP).toMatch(/^127\./);
  expect(parts.backend.podTarget(namespace, "fine", "http")).toEqual({ host: status?.podIP, port: 8080 });
  expect(parts.events("fine").map(({ reason }) => reason)).toEqual([
    "Scheduled",
    "Pulled",
    "Created",
    "Started",
  ]);
});

test("environment and arguments come from fields, resources, Secrets and ConfigMaps", async () => {
  parts.create(resources.secrets, aSecret("env-secret", { password: "s3cret" }));
  parts.create(resources.configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "env-map" },
    data: { COLOUR: "blue" },
  });
  parts.create(
    resources.pods,
    aPodOf("environed", {
      image: "say",
      args: ["$(NAME)", "$(PASSWORD)", "$(COLOUR)", "$(MEMORY)", "$(POD_IP)"],
      envFrom: [{ configMapRef: { name: "env-map" } }],
      resources: { limits: { memory: "64Mi" } },
      env: [
        { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "env-secret", key: "password" } } },
        { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
      ],
    }),
  );
  await ready("environed");
  const ip = parts.pod("environed")?.status?.podIP;
  await logged("environed", `environed s3cret blue 64 ${ip}`);
});

test("a crashed container is started again, its earlier log is kept, and it waits longer each time", async () => {
  parts.create(resources.pods, aPodOf("crashing", { image: "once", env: [{ name: "CODE", value: "3" }] }));
  const status = await until(() => {
    const now = parts.status("crashing");
    return now?.state.waiting?.reason === "CrashLoopBackOff" && now.restartCount >= 1 && now;
  }, "a backoff");
  expect(status.lastState.terminated).toMatchObject({ exitCode: 3, reason: "Error" });
  await logged("crashing", "did it", { previous: true });
  expect(parts.events("crashing").map(({ reason }) => reason)).toContain("BackOff");
  await until(() => (parts.status("crashing")?.restartCount ?? 0) >= 3, "a third restart");
  expect(parts.pod("crashing")?.status?.phase).toBe("Running");
});

test("init containers run one after the other to success before the others start", async () => {
  parts.create(resources.pods, {
    ...aPodOf(
      "staged",
      { image: "say", args: ["main"] },
      {
        initContainers: [
          { name: "first", image: "once" },
          { name: "second", image: "once" },
        ],
      },
    ),
  });
  await ready("staged");
  const first = parts.status("staged", "first")?.state.terminated;
  const second = parts.status("staged", "second")?.state.terminated;
  expect(first?.exitCode).toBe(0);
  expect(second?.exitCode).toBe(0);
  expect((first?.finishedAt ?? "") <= (second?.startedAt ?? "")).toBe(true);
  await logged("staged", "did it", { container: "second" });
});

test("a container whose Secret is missing says so, and starts when the Secret appears", async () => {
  parts.create(
    resources.pods,
    aPodOf("unset", {
      image: "say",
      args: ["$(TOKEN)"],
      env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "late", key: "token" } } }],
    }),
  );
  const waiting = await reason("unset");
  expect(waiting).toEqual({ reason: "CreateContainerConfigError", message: 'secret "late" not found' });
  parts.create(resources.secrets, aSecret("late", { token: "here-now" }));
  await logged("unset", "here-now");
});

test("a pod whose volume is missing says so, and starts when it appears", async () => {
  parts.create(
    resources.pods,
    aPodOf(
      "unmounted",
      { image: "say", volumeMounts: [{ name: "data", mountPath: "/data" }], args: ["/data/x"] },
      { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "late-claim" } }] },
    ),
  );
  const waiting = await reason("unmounted");
  expect(waiting).toEqual({
    reason: "ContainerCreating",
    message: 'persistentvolumeclaim "late-claim" not found',
  });
  parts.create(resources.persistentVolumeClaims, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "late-claim" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  await logged("unmounted", join(folder, "volumes"));
});

test("an unknown image is named together with those that there are", async () => {
  parts.create(resources.pods, aPodOf("foreign", { image: "docker.io/library/nginx:1.27" }));
  const waiting = await reason("foreign");
  expect(waiting.reason).toBe("ImagePullBackOff");
  expect(waiting.message).toContain("it has: once, polite, say");
});

test("a changed Secret reaches the files of a running container", async () => {
  const secret = parts.create(resources.secrets, aSecret("rotating", { token: "old-token" }));
  parts.create(
    resources.pods,
    aPodOf(
      "reader",
      {
        image: "show-file",
        env: [{ name: "DIR", value: "/etc/tokens" }],
        volumeMounts: [{ name: "tokens", mountPath: "/etc/tokens" }],
      },
      { volumes: [{ name: "tokens", secret: { secretName: "rotating" } }] },
    ),
  );
  await logged("reader", "old-token");
  const { data } = aSecret("rotating", { token: "new-token", "token-previous": "old-token" }) as {
    data: object;
  };
  parts.cluster.update(resources.secrets, { ...secret, data });
  await logged("reader", "new-token");
  const uid = parts.pod("reader")?.metadata.uid ?? "";
  expect(readdirSync(join(folder, "pods", uid, "volumes", "tokens")).sort()).toEqual([
    "token",
    "token-previous",
  ]);
  expect(parts.status("reader")?.restartCount).toBe(0);
});

test("a failing readiness probe takes the pod out; a failing liveness probe restarts its container", async () => {
  parts.create(
    resources.pods,
    aPodOf(
      "sick",
      {
        image: "say",
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
        livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 2 },
      },
      { terminationGracePeriodSeconds: 1 },
    ),
  );
  await until(() => (parts.status("sick")?.restartCount ?? 0) >= 1, "a restart");
  const told = parts.events("sick");
  expect(told.some(({ message }) => message.startsWith("Readiness probe failed: dial tcp"))).toBe(true);
  expect(
    told.some(({ message }) => message === "Container main failed liveness probe, will be restarted"),
  ).toBe(true);
  expect(parts.status("sick")?.ready).toBe(false);
});

test("an exec probe runs in the container's environment", async () => {
  parts.create(
    resources.pods,
    aPodOf("examined", {
      image: "say",
      env: [{ name: "MARK", value: "yes" }],
      readinessProbe: {
        exec: { command: [process.execPath, "-e", "process.exit(process.env.MARK === 'yes' ? 0 : 1)"] },
        periodSeconds: 60,
        timeoutSeconds: 20,
      },
    }),
  );
  await ready("examined");
});

test("pods of a Job finish, and one past its deadline fails", async () => {
  parts.create(resources.pods, aPodOf("task", { image: "once" }, { restartPolicy: "Never" }));
  parts.create(
    resources.pods,
    aPodOf(
      "endless",
      { image: "say" },
      { restartPolicy: "Never", activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1 },
    ),
  );
  await until(() => parts.pod("task")?.status?.phase === "Succeeded", "success");
  await until(() => parts.pod("endless")?.status?.phase === "Failed", "failure");
  expect(parts.pod("endless")?.status?.reason).toBe("DeadlineExceeded");
});

test("a pod that asks for another node is told that there is none", async () => {
  parts.create(resources.pods, aPodOf("picky", { image: "say" }, { nodeSelector: { disk: "fast" } }));
  const condition = await until(
    () => parts.pod("picky")?.status?.conditions?.find(({ type }) => type === "PodScheduled"),
    "a verdict",
  );
  expect(condition).toMatchObject({ status: "False", reason: "Unschedulable" });
  expect(condition.message).toContain("disk=fast");
  expect(parts.events("picky").map((event) => event.reason)).toEqual(["FailedScheduling"]);
});

test("of two crashing containers each waits its own time", async () => {
  const fails = (name: string): object => ({ name, image: "once", env: [{ name: "CODE", value: "1" }] });
  parts.create(resources.pods, {
    ...aPodOf("twins", { image: "once" }),
    spec: { containers: [fails("one"), { name: "two", image: "say" }, fails("three")] },
  });
  const restarts = (name: string): number => parts.status("twins", name)?.restartCount ?? 0;
  await until(() => restarts("one") >= 3 && restarts("three") >= 3, "three restarts of both");
  expect(restarts("two")).toBe(0);
});

test("logs are refused with a reason: an unknown pod, an unknown container, one that waits", async () => {
  parts.create(resources.pods, aPodOf("silent", { image: "nothing-of-that-name" }));
  await reason("silent");
  await expect(parts.log("nobody")).rejects.toMatchObject({ code: 404 });
  await expect(parts.log("silent", { container: "other" })).rejects.toThrow(
    "container other is not valid for pod silent",
  );
  await expect(parts.log("silent")).rejects.toThrow(
    'container "main" in pod "silent" is waiting to start: ImagePullBackOff',
  );
  await expect(parts.log("fine", { previous: true })).rejects.toThrow(/previous terminated container "main"/);
});
