// StatefulSets with claims of their own, on the real API server: each pod has its claim, and finds its data again.
import { afterAll, beforeAll, expect, test } from "vitest";
import { Harness } from "../apiserver/testing/harness.ts";
import type { KubeObject } from "../cluster.ts";
import type { PersistentVolumeClaim } from "../workloads/objects.ts";
import { resources } from "../workloads/objects.ts";
import type { Parts } from "./testing.ts";
import { namespace, removeScratch, scratchFolder, scriptImage, startParts, until } from "./testing.ts";
import { waitsFor } from "./testing-pods.ts";

/** Says who used its volume first. */
const diary = scriptImage(
  "diary",
  `const { existsSync, readFileSync, writeFileSync } = require("node:fs");
   const file = process.env.DIR + "/first";
   if (existsSync(file)) console.log("of " + readFileSync(file, "utf8"));
   else { writeFileSync(file, process.env.HOSTNAME); console.log("begun by " + process.env.HOSTNAME); }
   setInterval(() => {}, 1e6);`,
);

const folder = scratchFolder();
let harness: Harness;
let parts: Parts;
const { logged, gone } = waitsFor(() => parts);
beforeAll(async () => {
  harness = await new Harness().start();
  parts = await startParts(folder, [diary], harness.api.cluster);
  const metadata = { name: namespace };
  await harness.done("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
});
afterAll(async () => {
  await parts.stop();
  await harness.end();
  removeScratch(folder);
});

const path = `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
const aSet = (mount: string): object => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: {
    replicas: 2,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    template: {
      metadata: { labels: { app: "db" } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "main",
            image: "diary",
            env: [{ name: "DIR", value: "/data" }],
            volumeMounts: [{ name: mount, mountPath: "/data" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
});

const claim = (name: string): PersistentVolumeClaim | undefined =>
  parts.cluster.get(resources.persistentVolumeClaims, namespace, name) as PersistentVolumeClaim | undefined;

test("a mount may name a claim template: every pod gets a claim of its own, bound and mounted", async () => {
  await harness.done("POST", path, aSet("data"));
  for (const pod of ["db-0", "db-1"]) {
    await logged(pod, `begun by ${pod}`);
    expect(parts.pod(pod)?.spec.volumes).toContainEqual({
      name: "data",
      persistentVolumeClaim: { claimName: `data-${pod}` },
    });
    expect(claim(`data-${pod}`)?.status).toMatchObject({ phase: "Bound" });
  }
});

test("the claims outlive a pod, and the StatefulSet itself", async () => {
  const uids = ["data-db-0", "data-db-1"].map((name) => claim(name)?.metadata.uid);
  const before = parts.pod("db-0")?.metadata.uid;
  await harness.done("DELETE", `/api/v1/namespaces/${namespace}/pods/db-0`);
  await until(() => parts.pod("db-0") && parts.pod("db-0")?.metadata.uid !== before, "a successor");
  await logged("db-0", "of db-0");

  await harness.done("DELETE", `${path}/db`);
  await Promise.all([gone("db-0"), gone("db-1")]);
  expect(["data-db-0", "data-db-1"].map((name) => claim(name)?.metadata.uid)).toEqual(uids);
  await harness.done("POST", path, aSet("data"));
  await logged("db-1", "of db-1");
  await harness.done("DELETE", `${path}/db`);
  await Promise.all([gone("db-0"), gone("db-1")]);
});

test("a mount that names nothing is accepted as a real API server does, and an event says why there is no pod", async () => {
  const { object } = await harness.done("POST", path, aSet("nowhere"));
  const reason = (event: KubeObject): boolean =>
    (event["involvedObject"] as { uid?: string }).uid === object.metadata.uid &&
    event["reason"] === "FailedCreate";
  const event = await until(
    () => parts.cluster.list(resources.events, { namespace }).find(reason),
    "an event of the StatefulSet",
  );
  expect(event["message"]).toContain(`volumeMounts[0].name: Not found: "nowhere"`);
});
