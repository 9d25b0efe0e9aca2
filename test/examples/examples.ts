// The examples as tests find them: every object of every folder, checked as an API server checks it, defaults filled in.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { customResourceDefinition, GROUP, type KindDefinition, kinds } from "../../api/index.ts";
import { type Manifest, manifestFiles, readManifests } from "../../cli/sandbox/manifests.ts";
import {
  compileStructural,
  fieldErrorMessage,
  type JSONSchemaProps,
  type StructuralSchema,
} from "../../sandbox/schema/index.ts";

const ROOT = fileURLToPath(new URL("../../examples", import.meta.url));

/** Names of the folders under examples/. */
export const FOLDERS: readonly string[] = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** Files of one example relative to examples/, and the objects in them. Throws when a file is not YAML. */
export async function readExample(
  folder: string,
): Promise<{ readonly files: readonly string[]; readonly objects: readonly Manifest[] }> {
  const paths = await manifestFiles([join(ROOT, folder)]);
  const { manifests, unreadable } = await readManifests(paths);
  if (unreadable.length > 0) throw new Error(unreadable.map((one) => `${one.file}: ${one.message}`).join("\n"));
  const short = (file: string): string => relative(ROOT, file);
  return {
    files: paths.map(short),
    objects: manifests.map(({ file, object }) => ({ file: short(file), object })),
  };
}

/** The kind of ours that an object is of, if it is one. */
export function kindOf({ object }: Manifest): KindDefinition | undefined {
  return object.apiVersion.startsWith(`${GROUP}/`)
    ? kinds.find((kind) => kind.kind === object.kind)
    : undefined;
}

const schemas = new Map<string, StructuralSchema>();

function schemaOf(kind: KindDefinition): StructuralSchema {
  const known = schemas.get(kind.kind);
  if (known) return known;
  const crd = customResourceDefinition(kind) as {
    spec: { versions: [{ schema: { openAPIV3Schema: JSONSchemaProps } }] };
  };
  const schema = compileStructural(crd.spec.versions[0].schema.openAPIV3Schema);
  schemas.set(kind.kind, schema);
  return schema;
}

/** What an API server would say about an object of ours: unknown fields, wrong values, broken CEL rules. */
export function refusals(kind: KindDefinition, { file, object }: Manifest): string[] {
  const schema = schemaOf(kind);
  // The server knows metadata by itself; the schema sees name and generateName only.
  const copy = structuredClone({ ...object, metadata: { name: object.metadata.name } });
  const unknown = schema.prune(copy).map((field) => `unknown field ${field}`);
  schema.applyDefaults(copy);
  return [...unknown, ...schema.validate(copy).map(fieldErrorMessage)].map(
    (message) => `${file}: ${object.kind} ${object.metadata.name}: ${message}`,
  );
}

/** The object as a controller sees it: with its namespace and every default. */
export function asStored<T>(kind: KindDefinition, { object }: Manifest): T {
  const copy = structuredClone(object);
  copy.metadata.namespace ??= "default";
  schemaOf(kind).applyDefaults(copy);
  return copy as unknown as T;
}
