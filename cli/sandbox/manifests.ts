// Reads manifests from files and folders, in the order they should be applied. Applies nothing.
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import { UsageError } from "../usage-error.ts";

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

/** Every manifest file at or below the paths, sorted. Throws UsageError when a path does not exist. */
export async function manifestFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (!info) throw new UsageError(`-f ${path}: there is no such file or folder`);
    if (info.isFile()) {
      files.push(path);
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && ENDINGS.has(extname(entry.name))) files.push(join(entry.parentPath, entry.name));
  }
  return [...new Set(files)].sort();
}

/** The objects of the files, namespaces first and grants last; and the files that are not YAML. */
export async function readManifests(
  files: readonly string[],
): Promise<{ manifests: Manifest[]; unreadable: Unreadable[] }> {
  const manifests: Manifest[] = [];
  const unreadable: Unreadable[] = [];
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(file, "utf8"))) {
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
