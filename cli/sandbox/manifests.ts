// Reads manifests from files and folders, in the order they should be applied. Applies nothing.
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UsageError } from "../usage-error.ts";
import { parseManifestText } from "../validate/dialect.ts";

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

/** A file that could not be read as manifests. */
export interface Unreadable {
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

/** The objects of the files, namespaces first and grants last; and the files that are not YAML. */
export async function readManifests(
  files: readonly string[],
): Promise<{ manifests: Manifest[]; unreadable: Unreadable[] }> {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of files) {
    for (const document of parseManifestText(await readFile(file, "utf8"))) {
      const fault = document.errors[0];
      if (fault) {
        unreadable.push({ file, message: fault.message });
        continue;
      }
      const value: unknown = document.toJS();
      if (value === null || value === undefined) continue;
      const objects = isList(value) ? value.items : [value];
      for (const object of objects) {
        if (isObject(object)) manifests.push({ file, object });
        else unreadable.push({ file, message: "a document has no apiVersion, kind and metadata.name" });
      }
    }
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

function isList(value: unknown): value is { items: unknown[] } {
  return (value as { kind?: unknown }).kind === "List" && Array.isArray((value as { items?: unknown }).items);
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
