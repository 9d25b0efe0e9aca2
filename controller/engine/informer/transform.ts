// What is trimmed from objects before they are cached. Pure; never changes its input.
import type { KubeObject, Live } from "../client/object.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Keeps only our own server-side-apply entry of managedFields (applyOwned needs it) and drops kubectl's copy of the
 * whole object in an annotation: half of an average object's bytes, and nobody reads them.
 */
export function dropManagedFields<T extends KubeObject>(fieldManager: string): (object: Live<T>) => Live<T> {
  return (object) => {
    const { managedFields, annotations, ...metadata } = object.metadata;
    const ours = managedFields?.filter(
      (entry) => entry.manager === fieldManager && entry.operation === "Apply" && !entry.subresource,
    );
    const kept = annotations && LAST_APPLIED in annotations ? withoutLastApplied(annotations) : annotations;
    return {
      ...object,
      metadata: {
        ...metadata,
        ...(kept && { annotations: kept }),
        ...(ours && ours.length > 0 && { managedFields: ours }),
      },
    };
  };
}

function withoutLastApplied(
  annotations: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const { [LAST_APPLIED]: _dropped, ...rest } = annotations;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

/** Only what every object has: for metadata-only caches of servers that do not offer PartialObjectMetadata. */
export function metadataOnly<T extends KubeObject>(object: Live<T>): Live<T> {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
  } as unknown as Live<T>;
}
