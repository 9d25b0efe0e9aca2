// The whole sandbox: manifests by kubectl become a site on a database; nothing is lost by a stop or by SIGKILL.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { allProcesses, environmentOf } from "../../sandbox/node/proc.ts";
import { ownerMark } from "../../sandbox/node/processes.ts";
import { siteObjects } from "../../sandbox/node/testing-site.ts";
import { removeScratch, scratchFolder, until } from "../../sandbox/node/testing.ts";

const folder = scratchFolder();
const kubectlMissing = spawnSync("kubectl", ["version", "--client"]).status !== 0;
const title = kubectlMissing ? " (skipped: there is no kubectl on this machine)" : "";
const patienceMs = 120_000;

interface Running {
  process: ChildProcess;
  url: string;
  kubeconfig: string;
}

let running: Running | undefined;

async function start(): Promise<Running> {
  const program = fileURLToPath(new URL("../../sandbox/node/testing-sandbox.ts", import.meta.url));
  const child = spawn(process.execPath, [program, folder], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit").then(() => {
    throw new Error("the sandbox ended before it was open");
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
  ended.catch(() => undefined);
  running = { process: child, ...(JSON.parse(line) as Omit<Running, "process">) };
  return running;
}

async function end(signal: NodeJS.Signals): Promise<void> {
  const child = running?.process;
  running = undefined;
  if (child === undefined || child.exitCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

afterAll(async () => {
  await end("SIGTERM");
  removeScratch(folder);
});

function kubectl(args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync("kubectl", args, {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, KUBECONFIG: running?.kubeconfig ?? "" },
    encoding: "utf8",
    ...(input !== undefined && { input }),
  });
  if (status !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A GET at the site through the gateway; undefined while it does not answer with 200. */
const ask = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const port = new URL(running?.url ?? "").port;
    get({ host: "127.0.0.1", port, path, headers: { host: "site.test" }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve(response.statusCode === 200 ? text : undefined));
    }).on("error", () => resolve(undefined));
  });

const marked = (): number[] => allProcesses().filter((pid) => environmentOf(pid, ownerMark) === folder);
const podsAndAddresses = (): string =>
  kubectl([
    "get",
    "pods,services",
    "-o",
    "jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{.spec.clusterIP}{'\\n'}{end}",
  ]);

test.skipIf(kubectlMissing)(
  `what kubectl applies becomes a site${title}`,
  { timeout: patienceMs },
  async () => {
    await start();
    const manifests = siteObjects("1").map(([, object]) => JSON.stringify(object));
    kubectl(["apply", "-f", "-"], manifests.join("\n"));
    kubectl(["rollout", "status", "deployment/site", "--timeout=90s"]);
    expect(await until(() => ask("/visit"), "an answer", patienceMs)).toBe("1");
    expect(kubectl(["logs", "deployment/site"])).toContain("site 1 is open");
    expect(kubectl(["get", "nodes"])).toMatch(/sandbox\s+Ready/);
    expect(kubectl(["get", "ingress", "site"])).toContain("localhost");
    expect(kubectl(["describe", "pod", "db-0"])).toMatch(/Started container postgres/);
  },
);

test.skipIf(kubectlMissing)(
  `the sandbox killed at work: its processes are stopped by the next one, which has everything${title}`,
  { timeout: patienceMs },
  async () => {
    const before = podsAndAddresses();
    const visits = Number(await ask("/visit"));
    expect(visits).toBeGreaterThan(0);
    await end("SIGKILL");
    const orphans = marked();
    expect(orphans.length).toBeGreaterThan(0);
    await start();
    expect(await until(() => ask("/visit"), "an answer", patienceMs)).toBe(String(visits + 1));
    const left = marked();
    expect(orphans.filter((pid) => left.includes(pid))).toEqual([]);
    expect(podsAndAddresses()).toBe(before);
    expect(kubectl(["logs", "--previous", "deployment/site"])).toContain("site 1 is open");
  },
);

test.skipIf(kubectlMissing)(
  `an orderly stop leaves no process, and the next start has everything${title}`,
  { timeout: patienceMs },
  async () => {
    const visits = Number(await ask("/visit"));
    expect(visits).toBeGreaterThan(0);
    await end("SIGTERM");
    expect(marked()).toEqual([]);
    await start();
    expect(await until(() => ask("/visit"), "an answer", patienceMs)).toBe(String(visits + 1));
    expect(kubectl(["logs", "db-0"])).not.toContain("automatic recovery in progress");
  },
);

test.skipIf(kubectlMissing)(
  `a second sandbox on the same folder is refused and disturbs nothing${title}`,
  { timeout: patienceMs },
  async () => {
    const processes = marked();
    const program = fileURLToPath(new URL("../../sandbox/node/testing-sandbox.ts", import.meta.url));
    const second = spawnSync(process.execPath, [program, folder], { encoding: "utf8" });
    expect(second.status).not.toBe(0);
    expect(second.stderr).toContain("in use by another sandbox");
    expect(marked()).toEqual(processes);
    expect(Number(await ask("/visit"))).toBeGreaterThan(0);
  },
);

test.skipIf(kubectlMissing)(
  `what is deleted goes, processes and folders too${title}`,
  { timeout: patienceMs },
  async () => {
    kubectl([
      "delete",
      "deployment/site",
      "statefulset/db",
      "ingress/site",
      "service/site",
      "service/db",
      "pvc/db",
      "--wait",
    ]);
    await until(() => marked().length === 0, "the processes to be gone", patienceMs);
    expect(kubectl(["get", "pods", "-o", "name"])).toBe("");
    expect(await ask("/")).toBeUndefined();
  },
);
