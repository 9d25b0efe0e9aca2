import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAccess, podAccess } from "./kubeconfig.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "engine-kubeconfig-"));
});
afterEach(() => rm(folder, { recursive: true }));

const config = (user: object, cluster: object = {}): string =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://example.test:6443/k8s", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [
      { name: "one", context: { cluster: "c", user: "u", namespace: "team" } },
      { name: "two", context: { cluster: "c", user: "u" } },
    ],
    "current-context": "one",
  });

async function load(text: string, context?: string) {
  const kubeconfig = path.join(folder, "config");
  await writeFile(kubeconfig, text);
  return loadAccess({ kubeconfig, ...(context !== undefined && { context }) });
}

test("reads server, namespace, token and inline certificates of the current context", async () => {
  const data = (text: string): string => Buffer.from(text).toString("base64");
  const access = await load(
    config({ token: "abc" }, { "certificate-authority-data": data("CA"), "tls-server-name": "real.test" }),
  );
  expect([access.server, access.namespace, access.inCluster]).toEqual([
    "https://example.test:6443/k8s",
    "team",
    false,
  ]);
  expect(await access.headers()).toEqual({ authorization: "Bearer abc" });
  expect(await access.tls()).toEqual({ ca: Buffer.from("CA"), servername: "real.test" });
  expect(await access.tls()).toBe(await access.tls());
});

test("takes another context by name, and says which there are", async () => {
  expect((await load(config({}), "two")).namespace).toBe("default");
  await expect(load(config({}), "three")).rejects.toThrow(
    /no context named "three"; choose one of: one, two/,
  );
});

test("finds files beside the kubeconfig and takes up a rotated token", async () => {
  await writeFile(path.join(folder, "token"), "first\n");
  await writeFile(path.join(folder, "ca.crt"), "CA");
  const access = await load(config({ tokenFile: "token" }, { "certificate-authority": "ca.crt" }));
  expect(await access.headers()).toEqual({ authorization: "Bearer first" });
  expect(await access.tls()).toEqual({ ca: "CA" });
  await writeFile(path.join(folder, "token"), "second, longer\n");
  access.invalidate();
  expect(await access.headers()).toEqual({ authorization: "Bearer second, longer" });
});

test("takes up a changed kubeconfig", async () => {
  const access = await load(config({ token: "first" }));
  await writeFile(path.join(folder, "config"), config({ token: "second" }));
  access.invalidate();
  expect(await access.headers()).toEqual({ authorization: "Bearer second" });
});

test("runs an exec plugin once and again after a refusal", async () => {
  const script = `const fs=require("fs"),f=${JSON.stringify(path.join(folder, "runs"))};fs.appendFileSync(f,"x");
    console.log(JSON.stringify({apiVersion:"client.authentication.k8s.io/v1",kind:"ExecCredential",status:{token:"run"+fs.readFileSync(f,"utf8").length}}))`;
  const access = await load(
    config({
      exec: {
        apiVersion: "client.authentication.k8s.io/v1",
        command: process.execPath,
        args: ["-e", script],
      },
    }),
  );
  expect(await access.headers()).toEqual({ authorization: "Bearer run1" });
  await access.tls();
  expect(await access.headers()).toEqual({ authorization: "Bearer run1" });
  access.invalidate();
  expect(await access.headers()).toEqual({ authorization: "Bearer run2" });
});

test("a pod signs in with its service account", async () => {
  await writeFile(path.join(folder, "token"), "pod-token");
  await writeFile(path.join(folder, "ca.crt"), "CA");
  await writeFile(path.join(folder, "namespace"), "system");
  const access = podAccess(folder, { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" });
  expect([access.server, access.namespace, access.inCluster]).toEqual([
    "https://[fd00::1]:443",
    "system",
    true,
  ]);
  expect(await access.headers()).toEqual({ authorization: "Bearer pod-token" });
  expect(await access.tls()).toEqual({ ca: "CA" });
});

test("a kubeconfig that is not there is named", async () => {
  await expect(loadAccess({ kubeconfig: path.join(folder, "none") })).rejects.toThrow(/none: no such file/);
});
