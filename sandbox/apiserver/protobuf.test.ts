import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../cluster.ts";
import { decodeProtobuf } from "./protobuf.ts";
import { core, Harness } from "./testing/harness.ts";
import { Kubectl, kubectlVersion } from "./testing/kubectl.ts";

/** A run of bytes as field `number` of a message, all lengths here being below 128. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const integer = (number: number, value: number): Buffer => Buffer.from([number << 3, value]);
const wrapped = (apiVersion: string, kind: string, ...fields: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from("k8s\0", "latin1"),
    field(1, Buffer.concat([field(1, apiVersion), field(2, kind)])),
    field(2, Buffer.concat(fields)),
  ]);
const metadata = field(1, Buffer.concat([field(1, "x"), field(2, ""), field(8, "")]));

describe("a message", () => {
  test("is read by names, and empty texts are left out", () => {
    const entry = field(2, Buffer.concat([field(1, "key"), field(2, "value")]));
    expect(decodeProtobuf(wrapped("v1", "Secret", metadata, entry, field(3, "Opaque")))).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "x" },
      data: { key: Buffer.from("value").toString("base64") },
      type: "Opaque",
    });
  });

  test("keeps the zeros that are meant, and drops those of unset fields", () => {
    const spec = field(2, Buffer.concat([integer(1, 0), integer(5, 0), integer(7, 0)]));
    expect(decodeProtobuf(wrapped("apps/v1", "Deployment", metadata, spec))["spec"]).toEqual({ replicas: 0 });
  });

  test("has times to the microsecond", () => {
    const time = Buffer.concat([integer(1, 100), Buffer.from([2 << 3, 0xe8, 0x07])]);
    const lease = decodeProtobuf(
      wrapped("coordination.k8s.io/v1", "Lease", metadata, field(2, field(4, time))),
    );
    expect(lease["spec"]).toEqual({ renewTime: "1970-01-01T00:01:40.000001Z" });
  });

  test("with a field that is not known is refused by name instead of losing it", () => {
    expect(() => decodeProtobuf(wrapped("v1", "ConfigMap", metadata, field(9, "?")))).toThrow(
      /field 9 of ConfigMap is not understood .* send the object as application\/json/,
    );
    expect(() => decodeProtobuf(wrapped("v2", "Thing", metadata))).toThrow(
      /v2, Kind=Thing is not understood/,
    );
  });

  test("that is broken is a bad request", () => {
    const whole = wrapped("v1", "ConfigMap", metadata);
    for (const broken of [Buffer.from("{}"), whole.subarray(0, -1), Buffer.alloc(0)])
      expect(() => decodeProtobuf(broken)).toThrow(expect.objectContaining({ code: 400 }));
  });
});

const version = kubectlVersion();
if (version === undefined) console.error("kubectl is not installed: its tests are skipped");

describe.skipIf(version === undefined)("kubectl create", { timeout: 120_000 }, () => {
  let harness: Harness;
  let kubectl: Kubectl;
  beforeAll(async () => {
    harness = await new Harness().start();
    kubectl = new Kubectl(harness.api.kubeconfigPath);
  });
  afterAll(async () => {
    await harness.end();
    rmSync(kubectl.home, { recursive: true, force: true });
  });

  /** All that `wanted` says, `actual` says as well. */
  const holds = (actual: unknown, wanted: unknown): void => {
    const bare = JSON.parse(JSON.stringify(wanted), (_key, value: unknown) =>
      value === null || (typeof value === "object" && Object.keys(value as object).length === 0)
        ? undefined
        : value,
    ) as object;
    expect(actual).toMatchObject(bare);
  };

  test.each([
    "namespace made",
    "configmap cm --from-literal=a=b --from-literal=c=",
    "secret generic s --from-literal=password=hunter2",
    "secret docker-registry pull --docker-username=u --docker-password=p",
    "serviceaccount sa",
    "deployment web --image=nginx --replicas=0 --port=80 -- sleep 1",
    "service clusterip web --tcp=80:8080",
    "service nodeport port --tcp=80:http",
    "service externalname ext --external-name=example.com",
    "job once --image=busybox -- true",
    "cronjob often --image=busybox --schedule=*/5+*+*+*+* -- date",
    "ingress gate --class=main --rule=a.example.com/x*=web:80,tls=cert --default-backend=web:http",
    "role reader --verb=get,list --resource=pods,deployments.apps --resource-name=one",
    "clusterrole looker --verb=get --non-resource-url=/healthz",
    "clusterrole sum --aggregation-rule=a=b",
    "rolebinding reads --role=reader --user=me --group=us --serviceaccount=default:sa",
    "clusterrolebinding looks --clusterrole=looker --user=me",
    "poddisruptionbudget budget --selector=app=web --min-available=50%",
  ])("%s stores what it meant", async (line) => {
    const args = line.split(" ").map((word) => word.replaceAll("+", " "));
    const split = args.indexOf("--") < 0 ? args.length : args.indexOf("--");
    const meant = await kubectl.run([
      "create",
      ...args.slice(0, split),
      "--dry-run=client",
      "-o",
      "json",
      ...args.slice(split),
    ]);
    const made = await kubectl.run(["create", ...args.slice(0, split), "-o", "json", ...args.slice(split)]);
    expect(made.stderr).toBe("");
    const { metadata, ...wanted } = JSON.parse(meant.stdout) as KubeObject;
    const stored = JSON.parse(made.stdout) as KubeObject;
    expect(stored.metadata.name).toBe(metadata.name);
    // A new namespace is Active and a new job has a selector, whatever the status and defaults sent.
    const { status: _status, ...rest } = wanted;
    holds(stored, rest);
  });

  test("what was made can be deleted with options in protobuf, too", async () => {
    const options = Buffer.concat([field(4, "Foreground"), field(5, "All")]);
    const body = wrapped("v1", "DeleteOptions", options);
    const { request, Agent } = await import("undici");
    const agent = new Agent({ connect: { ca: harness.api.ca } });
    const answer = await request(`${harness.api.url}${core("configmaps", "cm")}`, {
      method: "DELETE",
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${harness.api.token}`,
        "content-type": "application/vnd.kubernetes.protobuf",
      },
      body,
    });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
    await agent.destroy();
    expect((await harness.get(core("configmaps", "cm"))).code).toBe(200);
  });
});
