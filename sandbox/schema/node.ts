// The compiled tree: one node per schema, with everything the walks ask of it answered beforehand.
import { formatCheck } from "./formats.ts";
import { objectMeta } from "./object-meta.ts";
import type { JSONSchemaProps, SchemaNode } from "./types.ts";

/** A node as this folder sees it; other folders see SchemaNode. */
export interface CompiledNode extends SchemaNode {
  readonly properties: ReadonlyMap<string, CompiledNode>;
  readonly additional: CompiledNode | undefined;
  readonly items: CompiledNode | undefined;
  readonly intOrString: boolean;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
  /** A default here or below. */
  readonly defaultsBelow: boolean;
  /** CEL rules here or below. */
  readonly rulesBelow: boolean;
  readonly formatCheck: ((text: string) => boolean) | undefined;
  readonly allOf: readonly CompiledNode[];
  readonly anyOf: readonly CompiledNode[];
  readonly oneOf: readonly CompiledNode[];
  readonly not: CompiledNode | undefined;
}

const text: JSONSchemaProps = { type: "string" };

/** Free-form content: anything, at any depth, granular maps and atomic lists. */
export const anything: CompiledNode = build({ "x-kubernetes-preserve-unknown-fields": true });

const known = new WeakMap<JSONSchemaProps, CompiledNode>();

/** The node of a schema; schemas shared between places of one tree share their node. */
export function compileNode(props: JSONSchemaProps): CompiledNode {
  let node = known.get(props);
  if (!node) {
    node = build(props);
    known.set(props, node);
  }
  return node;
}

/** The node of a whole kind: as declared, plus the apiVersion, kind and metadata that every object has. */
export function compileRoot(props: JSONSchemaProps): CompiledNode {
  return build({ ...props, properties: withTypeMeta(props) });
}

function withTypeMeta(props: JSONSchemaProps): Record<string, JSONSchemaProps> {
  const declared = props.properties?.["metadata"];
  const metadata = declared?.properties
    ? { ...objectMeta, properties: { ...objectMeta.properties, ...declared.properties } }
    : objectMeta;
  return { ...props.properties, apiVersion: text, kind: text, metadata };
}

function build(props: JSONSchemaProps): CompiledNode {
  const embedded = props["x-kubernetes-embedded-resource"] === true;
  const declared = embedded ? withTypeMeta(props) : (props.properties ?? {});
  const properties = new Map(Object.entries(declared).map(([name, child]) => [name, compileNode(child)]));
  const additional = additionalOf(props);
  const items = props.items && compileNode(props.items);
  const hasDefault = props.default !== undefined && props.default !== null;
  const below = [...properties.values(), ...(additional ? [additional] : []), ...(items ? [items] : [])];
  return {
    props,
    type: props.type ?? "",
    properties,
    additional,
    items,
    preserveUnknown: props["x-kubernetes-preserve-unknown-fields"] === true,
    embedded,
    intOrString: props["x-kubernetes-int-or-string"] === true,
    nullable: props.nullable === true,
    listType: props["x-kubernetes-list-type"] ?? "atomic",
    listKeys: props["x-kubernetes-list-map-keys"] ?? [],
    mapType: props["x-kubernetes-map-type"] ?? "granular",
    hasDefault,
    defaultsBelow: hasDefault || below.some((child) => child.defaultsBelow),
    rulesBelow:
      (props["x-kubernetes-validations"]?.length ?? 0) > 0 || below.some((child) => child.rulesBelow),
    formatCheck: formatCheck(props.format),
    allOf: (props.allOf ?? []).map(compileNode),
    anyOf: (props.anyOf ?? []).map(compileNode),
    oneOf: (props.oneOf ?? []).map(compileNode),
    not: props.not && compileNode(props.not),
  };
}

function additionalOf(props: JSONSchemaProps): CompiledNode | undefined {
  const { additionalProperties } = props;
  if (typeof additionalProperties === "object") return compileNode(additionalProperties);
  return additionalProperties === true ? anything : undefined;
}

/** The node of the value under `key`; undefined when the schema knows nothing of it. */
export function childNode(node: CompiledNode, key: string): CompiledNode | undefined {
  return node.properties.get(key) ?? node.additional ?? (node.preserveUnknown ? anything : undefined);
}
