// The two ways an operator runs: in this process, where hundreds of runs are cheap, and as the process people run.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { type ClusterAccess } from "../../controller/engine/index.ts";
import { createOperator } from "../../controller/main.ts";
import { PROVOST } from "../support/sandbox-process.ts";

const LMS_IMAGE = "provost/provost:test";
const SITE_URL = "{scheme}://{hostname}";

/** A started operator. */
export interface Running {
  /** Resolves when its caches are filled; never rejects. */
  readonly started: Promise<unknown>;
  /** Ends it without a goodbye, as far as that goes: its proxy is dead already. Resolves when nothing of it is left. */
  end(): Promise<unknown>;
}

export interface Launch {
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** Takes lines of the operator's log. */
  readonly log: (lines: string) => void;
}

export type Launcher = (launch: Launch) => Running;

export const inProcess: Launcher = ({ access, namespace, log }) => {
  const operator = createOperator(access, {
    namespace,
    lmsImage: LMS_IMAGE,
    siteUrlTemplate: SITE_URL,
    resyncMs: 600_000,
    finalizerDeadlineMs: 60_000,
    log: pino({ level: "debug" }, { write: log }),
  });
  return {
    // Fails only when it is killed before its first lists have come.
    started: operator.start().catch(() => undefined),
    end: () => operator.stop().catch(() => undefined),
  };
};

/** `provost operator`, ended with SIGKILL. */
export const asProcess: Launcher = ({ access, namespace, log }) => {
  const folder = mkdtempSync(join(tmpdir(), "provost-operator-"));
  const kubeconfig = join(folder, "kubeconfig");
  const ended = Promise.withResolvers<undefined>();
  const started = access.headers().then(({ authorization = "" }) => {
    writeFileSync(kubeconfig, kubeconfigText(access.server, authorization.replace("Bearer ", "")));
    const child = spawn(
      process.execPath,
      [
        ...[
          PROVOST,
          "operator",
          "--kubeconfig",
          kubeconfig,
          "--namespace",
          namespace,
          "--log-level",
          "debug",
        ],
        ...["--no-leader-elect", "--lms-image", LMS_IMAGE, "--site-url", SITE_URL],
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    child.stdout.setEncoding("utf8").on("data", log);
    child.once("exit", () => {
      rmSync(folder, { recursive: true, force: true });
      ended.resolve(undefined);
    });
    return child;
  });
  return {
    started,
    async end() {
      (await started).kill("SIGKILL");
      await ended.promise;
    },
  };
};

function kubeconfigText(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "run",
    contexts: [{ name: "run", context: { cluster: "run", user: "run" } }],
    clusters: [{ name: "run", cluster: { server } }],
    users: [{ name: "run", user: { token } }],
  });
}
