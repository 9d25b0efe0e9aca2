// The frameworks to compare with: no dependencies of the project, installed for the bench when they are missing.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const DECLARED = path.join(import.meta.dirname, "peers");
const CACHE = path.join(import.meta.dirname, "../../../node_modules/.cache/bench-engine");
const PATIENCE_MS = 300_000;

export interface Peers {
  /** Their node_modules is here. */
  readonly folder: string;
  /** Why there are none. */
  readonly missing?: string;
}

/** Installs what `peers/package-lock.json` names, once for each content of that file. Runs no install scripts. */
export async function installPeers(progress: (line: string) => void): Promise<Peers> {
  const lock = await readFile(path.join(DECLARED, "package-lock.json"));
  const folder = path.join(CACHE, createHash("sha256").update(lock).digest("hex").slice(0, 12));
  const complete = path.join(folder, "complete");
  if (existsSync(complete)) return { folder };
  progress("installing the frameworks to compare with into node_modules/.cache …");
  // Those of an older lock file are of no more use.
  await rm(CACHE, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await copyFile(path.join(DECLARED, file), path.join(folder, file));
  try {
    // Pepr asks for linters as peers; a running operator needs none.
    const flags = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--fetch-retries=1"];
    await promisify(execFile)("npm", ["ci", ...flags], { cwd: folder, timeout: PATIENCE_MS });
    await writeFile(complete, "");
    return { folder };
  } catch (error) {
    const text = String((error as { stderr?: string }).stderr ?? error);
    const line = text.split("\n").find((one) => one.trim() !== "") ?? "npm ci failed";
    return { folder, missing: `not installed: ${line.slice(0, 200)}` };
  }
}
