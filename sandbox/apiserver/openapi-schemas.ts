// Schemas of the served kinds as OpenAPI components. The types that built-in kinds share are components of their own.
import { originOf, type SchemaOrigin } from "../builtin/index.ts";
import { objectMeta, type JSONSchemaProps } from "../schema/index.ts";
import { objectMetaSchema } from "./metadata.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";

/** A schema as it stands in a document: JSON, with references. */
export type Schema = Record<string, unknown>;

const metaPrefix = "io.k8s.apimachinery.pkg.apis.meta.v1";
export const objectMetaName = `${metaPrefix}.ObjectMeta`;
export const listMetaName = `${metaPrefix}.ListMeta`;
export const deleteOptionsName = `${metaPrefix}.DeleteOptions`;

const listMeta: Schema = {
  type: "object",
  description: "ListMeta describes metadata that synthetic resources must have.",
  properties: {
    continue: { type: "string" },
    remainingItemCount: { type: "integer", format: "int64" },
    resourceVersion: { type: "string" },
    selfLink: { type: "string" },
  },
};

const deleteOptions: Schema = {
  type: "object",
  description: "DeleteOptions may be provided when deleting an API object.",
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    dryRun: { type: "array", items: { type: "string" } },
    gracePeriodSeconds: { type: "integer", format: "int64" },
    orphanDependents: { type: "boolean" },
    preconditions: {
      type: "object",
      properties: { resourceVersion: { type: "string" }, uid: { type: "string" } },
    },
    propagationPolicy: { type: "string" },
  },
};

const typeMeta: Schema = {
  apiVersion: {
    type: "string",
    description: "APIVersion defines the versioned schema of this representation of an object.",
  },
  kind: { type: "string", description: "Kind is the REST resource this object represents." },
};

const reversed = (group: string): string => group.split(".").reverse().join(".");

/** Built-in groups keep the names that clients know them by. */
const packageOf = ({ group, version, custom }: ApiResource): string => {
  if (custom) return `${reversed(group)}.${version}`;
  if (group === "apiextensions.k8s.io")
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}`;
  return `io.k8s.api.${group === "" ? "core" : group.split(".")[0]}.${version}`;
};

/** The component's name of a kind. */
export const componentOf = (res: ApiResource): string => `${packageOf(res)}.${res.kind}`;

/** Where types are kept that the built-in kinds share: by the names that users know from elsewhere. */
const sharedName = ({ model, observed }: SchemaOrigin): string =>
  `io.k8s.api.${observed ? "observed." : ""}${model.replace(/^V1(?=[A-Z])/, "v1.")}`;

/** What a field's schema says beyond its type's: a default, how lists of it are merged. */
const beyond = (props: JSONSchemaProps, type: JSONSchemaProps): Schema =>
  Object.fromEntries(Object.entries(props).filter(([key]) => !(key in type)));

/** Writes schemas out, replacing the types of built-in kinds by references. */
class Writer {
  readonly components: Record<string, Schema> = {};
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  ref(name: string): Schema {
    return { $ref: `${this.#root}${name}` };
  }

  write(props: JSONSchemaProps): Schema {
    if (props.properties !== undefined && props.properties === objectMeta.properties)
      return this.ref(objectMetaName);
    const origin = originOf(props);
    if (origin === undefined) return this.#inline(props);
    const name = sharedName(origin);
    if (!(name in this.components)) {
      // Before it is filled, so that a type that holds itself comes to an end.
      this.components[name] = {};
      Object.assign(this.components[name], this.#inline(origin.schema));
    }
    const more = beyond(props, origin.schema);
    return Object.keys(more).length === 0 ? this.ref(name) : { ...more, allOf: [this.ref(name)] };
  }

  #inline(props: JSONSchemaProps): Schema {
    const { properties, items, additionalProperties, ...rest } = props;
    return {
      ...rest,
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, child]) => [name, this.write(child)]),
        ),
      }),
      ...(items && { items: this.write(items) }),
      ...(additionalProperties !== undefined && {
        additionalProperties:
          typeof additionalProperties === "object" ? this.write(additionalProperties) : additionalProperties,
      }),
    };
  }

  /** A kind's own component and its list's. */
  kind(res: ApiResource): void {
    const gvk = { group: res.group, version: res.version };
    const name = componentOf(res);
    const { properties, ...rest } = this.#inline(res.openapi) as Schema & { properties?: Schema };
    const described = (properties?.["metadata"] as Schema | undefined)?.["description"];
    this.components[name] = {
      ...rest,
      type: "object",
      properties: {
        ...properties,
        ...typeMeta,
        metadata: {
          description: described ?? "Standard object's metadata.",
          allOf: [this.ref(objectMetaName)],
        },
      },
      "x-kubernetes-group-version-kind": [{ ...gvk, kind: res.kind }],
    };
    this.components[`${name}List`] = {
      type: "object",
      description: `${res.listKind} is a list of ${res.kind}`,
      required: ["items"],
      properties: {
        ...typeMeta,
        items: { type: "array", items: this.ref(name) },
        metadata: { allOf: [this.ref(listMetaName)] },
      },
      "x-kubernetes-group-version-kind": [{ ...gvk, kind: res.listKind }],
    };
  }
}

/** Components of some kinds of one group version. `root` is where references point: `#/components/schemas/`. */
export const componentsOf = (resources: readonly ApiResource[], root: string): Record<string, Schema> => {
  const writer = new Writer(root);
  for (const res of resources) writer.kind(res);
  writer.components[objectMetaName] = objectMetaSchema as unknown as Schema;
  writer.components[listMetaName] = listMeta;
  writer.components[deleteOptionsName] = deleteOptions;
  return Object.fromEntries(Object.entries(writer.components).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** What paths need to know of a kind. */
export const gvkOf = (res: ApiResource): { group: string; version: string; kind: string } => ({
  group: res.group,
  version: res.version,
  kind: res.kind,
});

export const pathRoot = (res: ApiResource): string =>
  res.group === "" ? `/api/${res.version}` : `/apis/${apiVersionOf(res)}`;
