// Another build of the runtime: a copy of this checkout with another version, other files, other lines.
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const PARTS = ["api", "lms", "cli", "controller", "sandbox", "crds"];

export interface Build {
  readonly version: string;
  /** Files by path, new ones or in place of what is there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Text of a file that is replaced by another; it must be there. */
  readonly edits?: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;
}

export interface RuntimeBuild {
  readonly folder: string;
  remove(): void;
}

/** Makes the build in a folder of its own. */
export function buildRuntime(build: Build): RuntimeBuild {
  const folder = mkdtempSync(join(tmpdir(), "provost-build-"));
  // Containers run as users of their own.
  chmodSync(folder, 0o755);
  for (const part of PARTS)
    cpSync(join(CHECKOUT, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith(".test.ts"),
    });
  symlinkSync(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
  cpSync(join(CHECKOUT, "package.json"), join(folder, "package.json"));
  changeInto(folder, build);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Makes a copy of this checkout the build. */
export function changeInto(folder: string, { version, files = {}, edits = {} }: Build): void {
  const packageJson = join(folder, "package.json");
  const facts = JSON.parse(readFileSync(packageJson, "utf8")) as object;
  writeFileSync(packageJson, JSON.stringify({ ...facts, version }));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  for (const [path, changes] of Object.entries(edits)) edit(join(folder, path), changes);
}

function edit(path: string, changes: readonly (readonly [string, string])[]): void {
  let text = readFileSync(path, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${dirname(path)}: there is no ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  writeFileSync(path, text);
}
