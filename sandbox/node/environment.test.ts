// How a container's environment and arguments are composed, and what is resolved because there is no cluster DNS here.
import { expect, test } from "vitest";
import type { ConfigMap, Container, Pod, Secret } from "../workloads/objects.ts";
import type { Lookups } from "./environment.ts";
import { ConfigError, containerCommand, expand, quantity, resolveNames } from "./environment.ts";
import { rewriteMounts } from "./mounts.ts";

const secret = { data: { password: Buffer.from("pässword").toString("base64") } } as unknown as Secret;
const lookups: Lookups = {
  secret: (name) => (name === "db" ? secret : undefined),
  configMap: (name) =>
    name === "settings"
      ? ({ data: { MODE: "dark", HOST: "db.shop.svc" } } as unknown as ConfigMap)
      : undefined,
  address: (namespace, service, pod) =>
    namespace === "shop" && service === "db" ? (pod === undefined ? "127.9.4.1" : "127.9.0.7") : undefined,
};
const pod = {
  metadata: { name: "site-1", namespace: "shop", labels: { tier: "front" } },
  spec: { containers: [] },
} as unknown as Pod;
const image = { match: "site", command: ["site"], env: { BIND: "$(POD_IP):$(PORT)" } };
const context = {
  podIP: "127.9.0.2",
  hostIP: "127.9.0.1",
  mounts: new Map([["/data", "/real/volume"]]),
  base: { PATH: "/bin" },
};
const command = (container: Partial<Container>) =>
  containerCommand(pod, { name: "main", ...container }, image, context, lookups);

test("variables refer to earlier ones, to fields, and to Secrets and ConfigMaps", () => {
  const { env, args } = command({
    envFrom: [{ prefix: "S_", configMapRef: { name: "settings" } }],
    env: [
      { name: "PORT", value: "8080" },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
      { name: "TIER", valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
      { name: "URL", value: "http://$(TIER)-$(UNKNOWN):$(PORT)/$$(PORT)" },
      { name: "MAYBE", valueFrom: { secretKeyRef: { name: "none", key: "x", optional: true } } },
    ],
    args: ["--port", "$(PORT)", "--in", "/data/files"],
  });
  expect(env).toMatchObject({
    S_MODE: "dark",
    PASSWORD: "pässword",
    URL: "http://front-$(UNKNOWN):8080/$(PORT)",
    // The image's own come last: only this machine knows the address.
    BIND: "127.9.0.2:8080",
    POD_IP: "127.9.0.2",
    S_HOST: "127.9.4.1",
  });
  expect(env).not.toHaveProperty("MAYBE");
  expect(args).toEqual(["--port", "8080", "--in", "/real/volume/files"]);
});

test.each<[string, Partial<Container>, string]>([
  [
    "a Secret",
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "x", key: "k" } } }] },
    'secret "x" not found',
  ],
  [
    "a key",
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "db", key: "k" } } }] },
    "couldn't find key k in Secret shop/db",
  ],
  ["a ConfigMap", { envFrom: [{ configMapRef: { name: "x" } }] }, 'configmap "x" not found'],
  ["a Service", { args: ["postgres://late.shop.svc/"] }, 'no Service answers to "late.shop.svc"'],
])("%s that is missing is named", (_what, container, message) => {
  expect(() => command(container)).toThrow(ConfigError);
  expect(() => command(container)).toThrow(message);
});

test("names of Services and of their pods become addresses, other names stay", () => {
  const resolved = (text: string): string => resolveNames(text, lookups.address);
  expect(resolved("db.shop.svc:5432")).toBe("127.9.4.1:5432");
  expect(resolved("db.shop.svc.cluster.local.")).toBe("127.9.4.1");
  expect(resolved("host=db-0.db.shop.svc port=1")).toBe("host=127.9.0.7 port=1");
  expect(resolved("https://db.shop.svc.example.org/db.shop.svcs")).toBe(
    "https://db.shop.svc.example.org/db.shop.svcs",
  );
});

test("a mount path is replaced where it begins a path, and nowhere else", () => {
  const mounts = new Map([
    ["/data", "/real/volume"],
    ["/data/cache", "/real/cache"],
  ]);
  expect(rewriteMounts("/data", mounts)).toBe("/real/volume");
  expect(rewriteMounts("--dir=/data/cache/x,/data/y", mounts)).toBe("--dir=/real/cache/x,/real/volume/y");
  expect(rewriteMounts("/database /srv/data http://h/data", mounts)).toBe(
    "/database /srv/data http://h/data",
  );
});

test("quantities and escapes are read as Kubernetes does", () => {
  expect(["250m", "1", "64Mi", "1.5Gi", "2k"].map(quantity)).toEqual([
    0.25, 1, 67_108_864, 1_610_612_736, 2_000,
  ]);
  expect(expand("$$(A) $(A) $(B) $", { A: "1" })).toBe("$(A) 1 $(B) $");
});
