// Content that a Course has in ConfigMaps: which it names, and what they say. Pure.
import type { Course } from "../../api/index.ts";

/** A ConfigMap as far as content goes. */
export interface ContentMap {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** A reference that leads nowhere. */
export interface ContentFault {
  /** Field of the manifest. */
  readonly field: string;
  readonly reason: "ConfigMapNotFound" | "ConfigMapKeyNotFound";
  readonly message: string;
}

interface Reference {
  readonly field: string;
  readonly name: string;
  readonly key: string;
}

/** Every ConfigMap key a Course names, with the field that names it. */
export function contentReferences(course: Course): Reference[] {
  const references: Reference[] = [];
  const add = (field: string, ref: { readonly name: string; readonly key: string } | undefined): void => {
    if (ref) references.push({ field: `${field}.configMapKeyRef`, ...ref });
  };
  course.spec.files?.forEach((file, f) => add(`spec.files[${f}]`, file.configMapKeyRef));
  course.spec.modules.forEach((module, m) =>
    module.items.forEach((item, i) =>
      add(`spec.modules[${m}].items[${i}].lesson`, item.lesson?.configMapKeyRef),
    ),
  );
  return references;
}

/** References that cannot be followed now. */
export function contentFaults(course: Course, maps: ReadonlyMap<string, ContentMap>): ContentFault[] {
  return contentReferences(course).flatMap(({ field, name, key }): ContentFault[] => {
    const map = maps.get(name);
    if (map === undefined)
      return [
        {
          field,
          reason: "ConfigMapNotFound",
          message: `${field}: ConfigMap ${name} does not exist; make it with the key "${key}"`,
        },
      ];
    const binary = map.binaryData?.[key] !== undefined;
    if (field.includes(".lesson.") && binary && map.data?.[key] === undefined)
      return [
        {
          field,
          reason: "ConfigMapKeyNotFound",
          message: `${field}: key "${key}" of ConfigMap ${name} is binary; put the Markdown into data`,
        },
      ];
    if (map.data?.[key] === undefined && !binary)
      return [
        {
          field,
          reason: "ConfigMapKeyNotFound",
          message: `${field}: ConfigMap ${name} has no key "${key}"; add it, or name one it has`,
        },
      ];
    return [];
  });
}
