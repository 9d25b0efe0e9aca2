// An object as a client asked to see it: whole, as metadata only, or as rows of a table. Text is made once per
// frozen object where it does not depend on the time of day.
import type { KubeObject } from "../cluster.ts";
import { jsonOf } from "../store/encoding.ts";
import type { Representation } from "./negotiate.ts";
import { apiVersionOf, type ApiResource } from "./resources.ts";
import { badRequest } from "./status.ts";
import { tableOf, type Table } from "./table.ts";

/** Metadata of a list. */
export interface ListMeta {
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** Writes objects of one resource in one representation, as JSON text. */
export interface View {
  object(object: KubeObject): string;
  list(meta: ListMeta, objects: readonly KubeObject[]): string;
  /** A watch's next object: tables name their columns in the first one only. */
  event(object: KubeObject): string;
}

const whole = (res: ApiResource): View => ({
  object: jsonOf,
  event: jsonOf,
  list: (meta, objects) =>
    `{"kind":${JSON.stringify(res.listKind)},"apiVersion":${JSON.stringify(apiVersionOf(res))},"metadata":${JSON.stringify(meta)},"items":[${objects.map(jsonOf).join(",")}]}`,
});

const partialTexts = new WeakMap<KubeObject, string>();

const partialText = (object: KubeObject, metaVersion: string): string => {
  let text = partialTexts.get(object);
  if (text === undefined) partialTexts.set(object, (text = JSON.stringify(object.metadata)));
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${text}}`;
};

const partial = (metaVersion: string): View => ({
  object: (object) => partialText(object, metaVersion),
  event: (object) => partialText(object, metaVersion),
  list: (meta, objects) =>
    `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${JSON.stringify(meta)},"items":[${objects.map((o) => partialText(o, metaVersion)).join(",")}]}`,
});

type Include = "None" | "Metadata" | "Object";

const tabular = (table: Table, metaVersion: string, include: Include): View => {
  const row = (object: KubeObject, at: number): string => {
    const cells = JSON.stringify(table.cells(object, at));
    if (include === "None") return `{"cells":${cells},"object":null}`;
    return `{"cells":${cells},"object":${include === "Object" ? jsonOf(object) : partialText(object, metaVersion)}}`;
  };
  const text = (meta: object, columns: boolean, objects: readonly KubeObject[]): string => {
    const at = Date.now();
    return `{"kind":"Table","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${JSON.stringify(meta)},"columnDefinitions":${columns ? JSON.stringify(table.columns) : "null"},"rows":[${objects.map((o) => row(o, at)).join(",")}]}`;
  };
  const metaOf = (object: KubeObject): object => ({
    ...(object.metadata.resourceVersion !== undefined && {
      resourceVersion: object.metadata.resourceVersion,
    }),
  });
  let columnsSent = false;
  return {
    object: (object) => text(metaOf(object), true, [object]),
    list: (meta, objects) => text(meta, true, objects),
    event: (object) => {
      const first = !columnsSent;
      columnsSent = true;
      return text(metaOf(object), first, [object]);
    },
  };
};

const includeOf = (query: URLSearchParams): Include => {
  const value = query.get("includeObject") || "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: "${value}" (expected None, Metadata or Object)`);
};

/** The view a request asks for. Make a new one per request: a watch's view remembers what it has sent. */
export const viewOf = (res: ApiResource, wanted: Representation, query: URLSearchParams): View => {
  switch (wanted.shape) {
    case "object":
      return whole(res);
    case "partial":
      return partial(wanted.metaVersion);
    case "table":
      return tabular(tableOf(res), wanted.metaVersion, includeOf(query));
  }
};
