// Folders for programs that do not run as root: placed elsewhere when theirs cannot be reached, and removed from there.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canReach, folderFor, isRoot, removeFolder } from "./reachable.ts";

const nobody = { uid: 65_534, gid: 65_534 };
const asRoot = test.skipIf(!isRoot());
let closed: string;
beforeAll(() => {
  closed = mkdtempSync(join(tmpdir(), "sandbox-closed-"));
});
afterAll(() => rmSync(closed, { recursive: true, force: true }));

test("without root a folder is just made", () => {
  const folder = join(closed, "plain");
  expect(folderFor(folder, undefined, () => undefined)).toBe(folder);
  expect(existsSync(folder)).toBe(true);
});

asRoot("a folder that others can reach stays where it is and becomes theirs", () => {
  chmodSync(closed, 0o755);
  const folder = join(closed, "open");
  expect(folderFor(folder, nobody, () => undefined)).toBe(folder);
  expect(statSync(folder).uid).toBe(nobody.uid);
  chmodSync(closed, 0o700);
});

asRoot(
  "a folder behind a closed one is placed elsewhere with what is in it, linked, and removed with the link",
  () => {
    const folder = join(closed, "volume");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(folder, "sub", "file"), "kept");
    const said: string[] = [];
    const place = folderFor(folder, nobody, (line) => void said.push(line));
    try {
      expect(place).not.toBe(folder);
      expect(canReach(place, nobody)).toBe(true);
      expect(lstatSync(folder).isSymbolicLink()).toBe(true);
      expect(readFileSync(join(folder, "sub", "file"), "utf8")).toBe("kept");
      expect(statSync(join(place, "sub", "file")).uid).toBe(nobody.uid);
      expect(said[0]).toContain("cannot be reached by user 65534");
      // The next start finds the same place.
      expect(folderFor(folder, nobody, () => undefined)).toBe(place);
    } finally {
      removeFolder(folder);
    }
    expect(existsSync(place)).toBe(false);
  },
);
