// Builds the images of the cluster tests for a node without a registry:
//   node test/cluster/images/build.ts MKIMAGE [FOLDER]
// MKIMAGE is a program `mkimage OUT.tar NAME:TAG ROOTFS ENTRYPOINT_JSON`. Prints the archives, joined by a colon.
// What was built before from the same files is taken as it is. Without MKIMAGE nothing is built and nothing printed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Image } from "./image.types.ts";
import { postgresImage } from "./postgres-image.ts";
import { provostImage } from "./provost-image.ts";
import { RELEASES } from "./releases.ts";

const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url));

/** SHA-256 over all that an image is made of, files by name and content. */
function digestOf(image: Image): string {
  const hash = createHash("sha256").update(JSON.stringify([image.name, image.entrypoint, image.facts]));
  const add = (path: string): void => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path}\0`).update(readFileSync(path));
  };
  image.inputs.forEach(add);
  return hash.digest("hex").slice(0, 16);
}

/** The archive of an image, built unless it is there. */
function build(image: Image, mkimage: string, folder: string): string {
  const archive = join(folder, `${digestOf(image)}-${image.file}`);
  if (existsSync(archive)) return archive;
  for (const old of readdirSync(folder)) if (old.endsWith(`-${image.file}`)) rmSync(join(folder, old));
  const root = mkdtempSync(join(folder, "rootfs-"));
  try {
    image.fill(root);
    execFileSync(mkimage, [`${archive}.part`, image.name, root, JSON.stringify(image.entrypoint)]);
    renameSync(`${archive}.part`, archive);
  } finally {
    rmSync(root, { recursive: true });
  }
  return archive;
}

const [mkimage = "", folder = join(tmpdir(), "provost-images")] = process.argv.slice(2);
if (!existsSync(mkimage)) {
  console.error(
    `no images built: ${mkimage === "" ? "no mkimage program was named" : `there is no ${mkimage}`}`,
  );
} else {
  mkdirSync(folder, { recursive: true });
  const images = [
    provostImage(CHECKOUT),
    ...RELEASES.map((release) => provostImage(CHECKOUT, release)),
    postgresImage(),
  ];
  console.log(images.map((image) => build(image, resolve(mkimage), resolve(folder))).join(":"));
}
