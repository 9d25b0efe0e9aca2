// Syntax of an object's name, labels and annotations: found with the API server's code, said in our words.
import { GROUP, type KindDefinition } from "../../api/kinds/kind.ts";
import { metadataErrors } from "../../sandbox/apiserver/metadata.ts";
import type { ObjectMeta } from "../../sandbox/cluster.ts";
import type { FieldError, JsonObject } from "../../sandbox/schema/index.ts";
import { type FieldPath, isMapping, parsePath, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { shown } from "./wording.ts";

/** Faults of metadata whose types are sound; wrong types are the schema's to tell. */
export function metadataFaults(object: JsonObject, kind: KindDefinition): Fault[] {
  const meta = object["metadata"];
  if (!isMapping(meta) || !hasSoundTypes(meta)) return [];
  return metadataErrors(meta as unknown as ObjectMeta, `${kind.plural}.${GROUP}`, true)
    .filter(({ type }) => type !== "Required")
    .map((error) => faultOf(error, object));
}

function faultOf(error: FieldError, object: JsonObject): Fault {
  const path = parsePath(error.field, object);
  const { badValue } = error;
  const target = valueAt(object, path);
  if (typeof badValue !== "string" || !isMapping(target))
    return { path, message: words(path, badValue, error) };
  // Of labels and annotations the server names the whole mapping; the entry is the one with this key or value.
  if (Object.hasOwn(target, badValue))
    return { path: [...path, badValue], message: `${shown(badValue)} ${KEY}`, onKey: true };
  const key = Object.keys(target).find(
    (each) => target[each] === badValue || each.toLowerCase() === badValue,
  );
  return { path: key === undefined ? path : [...path, key], message: `${shown(badValue)} ${VALUE}` };
}

const KEY =
  "is no key of labels or annotations: use letters, digits, - _ . with a letter or digit at both ends, at most 63, perhaps behind a DNS name and a slash";
const VALUE = "is no label value: use letters, digits, - _ . with a letter or digit at both ends, at most 63";

function words(path: FieldPath, badValue: unknown, error: FieldError): string {
  if (path.at(-1) === "name")
    return `${shown(badValue)} is no name of an object: use lower-case letters, digits, hyphens and dots, with a letter or digit at both ends, at most 253`;
  return typeof badValue === "string" ? `${shown(badValue)}: ${error.detail}` : error.detail;
}

/** The API server's rules take it that types were checked before. */
function hasSoundTypes(meta: JsonObject): boolean {
  const texts = (value: unknown): boolean =>
    value === undefined ||
    (isMapping(value) && Object.values(value).every((text) => typeof text === "string"));
  const list = (value: unknown, isSound: (item: unknown) => boolean): boolean =>
    value === undefined || (Array.isArray(value) && value.every(isSound));
  return (
    typeof meta["name"] === "string" &&
    texts(meta["labels"]) &&
    texts(meta["annotations"]) &&
    list(meta["ownerReferences"], isMapping) &&
    list(meta["finalizers"], (item) => typeof item === "string")
  );
}
