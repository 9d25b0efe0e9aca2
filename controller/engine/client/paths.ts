// URL paths of the Kubernetes REST API. Pure.
import type { ObjectKey, ResourceType } from "./object.ts";

type Named = Pick<ResourceType, "group" | "version" | "plural" | "kind" | "namespaced">;

/** `/api/v1` or `/apis/<group>/<version>`. */
export function groupPath(type: Pick<ResourceType, "group" | "version">): string {
  return type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

/** The collection, in one namespace or (namespace "") in all. */
export function collectionPath(type: Named, namespace = ""): string {
  const scope = type.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${groupPath(type)}${scope}/${type.plural}`;
}

/** One object, or a subresource of it. */
export function objectPath(type: Named, key: ObjectKey, subresource?: string): string {
  if (key.name === "") throw new TypeError(`${type.kind}: metadata.name is empty; give the object a name`);
  if (type.namespaced && key.namespace === "") {
    throw new TypeError(
      `${type.kind} ${key.name}: metadata.namespace is empty, but the kind is namespaced; set it`,
    );
  }
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** `?a=b&c=d` of what is defined, or "". */
export function query(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
