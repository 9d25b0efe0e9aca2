// Reads manifests from files and folders, in the order they should be applied. Applies nothing.
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UsageError } from "../usage-error.ts";
import { readSource } from "../validate/document.ts";

/** One object of a manifest and the file it stands in. */
export interface Manifest {
  readonly file: string;
  readonly object: ManifestObject;
}

export interface ManifestObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Something in a file that could not be read as a manifest. */
export interface Unreadable {
  /** `file:line`, and the column where a character is to blame. */
  readonly file: string;
  readonly message: string;
}

const ENDINGS = new Set([".yaml", ".yml", ".json"]);

/**
 * Every manifest file at or below the paths, sorted; hidden folders and node_modules are left out, a file that is
 * named itself is taken whatever its ending. Throws UsageError when a path does not exist.
 */
export async function manifestFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new UsageError(`${path}: there is no such file or folder`);
    if (info.isDirectory()) files.push(...(await filesBelow(path)));
    else files.push(path);
  }
  return [...new Set(files)].sort();
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".") && entry.name !== "node_modules")
        files.push(...(await filesBelow(path)));
    } else if (ENDINGS.has(extname(entry.name)) && (await isFile(entry, path))) files.push(path);
  }
  return files;
}

/** A link to a file counts: mounted ConfigMaps are made of them. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/**
 * The objects of the files, namespaces first and grants last; and what is not YAML or no object. A file with a fault
 * in its text is left out as a whole, so that half of it is never applied.
 */
export async function readManifests(
  files: readonly string[],
): Promise<{ manifests: Manifest[]; unreadable: Unreadable[] }> {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of files) {
    const { entries, findings } = readSource({ file, text: await readFile(file, "utf8") });
    const faults = findings.filter(({ severity }) => severity === "error");
    for (const { line, column, message } of faults)
      unreadable.push({ file: `${file}:${line}:${column}`, message });
    if (faults.length > 0) continue;
    for (const { value, place } of entries)
      if (isObject(value)) manifests.push({ file, object: value });
      else
        unreadable.push({
          file: place,
          message: "an object needs apiVersion, kind and metadata.name: add what is missing",
        });
  }
  return { manifests: manifests.sort((a, b) => rank(a.object.kind) - rank(b.object.kind)), unreadable };
}

const ORDER = [
  "Namespace",
  "CustomResourceDefinition",
  "Secret",
  "ConfigMap",
  "LmsTenant",
  "Course",
  "RoleBinding",
];

function rank(kind: string): number {
  const at = ORDER.indexOf(kind);
  return at < 0 ? ORDER.indexOf("LmsTenant") - 0.5 : at;
}

function isObject(value: unknown): value is ManifestObject {
  const object = value as Partial<ManifestObject> | null;
  return (
    typeof object === "object" &&
    typeof object?.apiVersion === "string" &&
    typeof object.kind === "string" &&
    typeof object.metadata?.name === "string"
  );
}
