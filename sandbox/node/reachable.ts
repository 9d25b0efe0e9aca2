// Folders for programs that do not run as root: the sandbox's data folder may lie where they cannot go (root's home).
// Such a folder is placed elsewhere and a symbolic link left where it belongs.
import { createHash } from "node:crypto";
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

export interface User {
  uid: number;
  gid: number;
}

/** Where folders go that other users must reach; only used when the sandbox runs as root. */
export const sharedRoot = "/var/lib/provost-sandbox";

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Whether `user` may pass through every folder above `path`. */
export function canReach(path: string, { uid, gid }: User): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat !== undefined) {
      const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
      if ((stat.mode & bit) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/** Makes `folder` a folder that `user` owns and can reach; returns where it really is. */
export function folderFor(folder: string, user: User | undefined, log: (line: string) => void): string {
  if (user === undefined || !isRoot()) {
    mkdirSync(folder, { recursive: true });
    return folder;
  }
  const place = lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()
    ? readlinkSync(folder)
    : canReach(folder, user)
      ? folder
      : moveOut(folder, user, log);
  mkdirSync(place, { recursive: true });
  if (statSync(place).uid !== user.uid) chownSync(place, user.uid, user.gid);
  return place;
}

function moveOut(folder: string, user: User, log: (line: string) => void): string {
  const place = join(sharedRoot, createHash("sha256").update(folder).digest("hex").slice(0, 16));
  mkdirSync(sharedRoot, { recursive: true, mode: 0o711 });
  mkdirSync(dirname(folder), { recursive: true });
  const filled = existsSync(folder) && readdirSync(folder).length > 0;
  // A folder of an earlier data folder at the same path is stale when there is no link to it.
  rmSync(place, { recursive: true, force: true });
  if (filled) {
    cpSync(folder, place, { recursive: true, preserveTimestamps: true });
    // A copy belongs to us; the programs that wrote the originals run as `user`.
    const copies = readdirSync(place, { recursive: true, encoding: "utf8" });
    for (const path of copies) lchownSync(join(place, path), user.uid, user.gid);
  } else mkdirSync(place);
  rmSync(folder, { recursive: true, force: true });
  symlinkSync(place, folder);
  log(`${folder} cannot be reached by user ${user.uid}: its content lives in ${place}, linked from there`);
  return place;
}

/** Removes a folder, and what it links to when it was placed elsewhere. */
export function removeFolder(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat?.isSymbolicLink() === true) {
    const place = readlinkSync(folder);
    if (place.startsWith(`${sharedRoot}/`)) rmSync(place, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}
