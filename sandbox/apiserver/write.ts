// The write verbs over HTTP: parameters and bodies in, one of the verbs of this folder, the object out.
import type { KubeObject } from "../cluster.ts";
import type { JsonObject } from "../schema/index.ts";
import { decodeObject, mediaType, readBody } from "./body.ts";
import { must, type Core, type WriteManner } from "./core.ts";
import { createObject } from "./create.ts";
import { deleteObject, readDeletion, type Deleted, type Deletion } from "./delete.ts";
import type { Selection } from "./list.ts";
import { find } from "./core.ts";
import { mediaApplyPatch, patchDocument, patchObject } from "./patch.ts";
import { text } from "./request.ts";
import type { ApiResource } from "./resources.ts";
import type { Exchange } from "./respond.ts";
import { scaleOf, writeScale } from "./scale.ts";
import { badRequest, invalidOptions, type Status } from "./status.ts";
import { updateObject } from "./update.ts";
import { asServed } from "./versions.ts";

/** Where a write goes. */
export interface WriteTarget {
  readonly res: ApiResource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: "status" | "scale" | undefined;
}

export interface Written {
  readonly code: number;
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

const maxManagerChars = 128;

/** The kind of options a method's query is. */
const optionsKind = (method: string): string =>
  ({ POST: "CreateOptions", PUT: "UpdateOptions", PATCH: "PatchOptions" })[method] ?? "DeleteOptions";

const isDryRun = (exchange: Exchange, values: readonly string[]): boolean => {
  if (values.some((value) => value !== "All" && value !== ""))
    throw invalidOptions(optionsKind(exchange.method), {
      type: "NotSupported",
      field: "dryRun",
      badValue: values,
      detail: 'supported values: "All"',
    });
  return values.includes("All");
};

/** The product name of the user agent, as kube-apiserver names a manager that does not name itself. */
const managerOf = (exchange: Exchange): string => {
  const named = text(exchange.query, "fieldManager");
  if (named !== undefined) {
    if (named.length > maxManagerChars || /[^\x20-\x7e]/.test(named))
      throw badRequest(
        `fieldManager: Invalid value: must be printable and no more than ${maxManagerChars} characters`,
      );
    return named;
  }
  return exchange.request.headers["user-agent"]?.split("/")[0]?.slice(0, maxManagerChars) || "unknown";
};

const mannerOf = (exchange: Exchange): WriteManner => {
  const fieldValidation = text(exchange.query, "fieldValidation") ?? "Warn";
  if (fieldValidation !== "Ignore" && fieldValidation !== "Warn" && fieldValidation !== "Strict")
    throw invalidOptions(optionsKind(exchange.method), {
      type: "NotSupported",
      field: "fieldValidation",
      badValue: fieldValidation,
      detail: 'supported values: "", "Ignore", "Strict", "Warn"',
    });
  return {
    dryRun: isDryRun(exchange, exchange.query.getAll("dryRun")),
    manager: managerOf(exchange),
    fieldValidation,
    duplicates: [],
    warnings: [],
  };
};

/** Reads the body as one object, remembering keys that stand twice. */
const readObject = async (exchange: Exchange, manner: WriteManner): Promise<JsonObject> => {
  const body = await readBody(exchange.request);
  const { object, duplicates } = decodeObject(
    body,
    mediaType(exchange.request),
    manner.fieldValidation !== "Ignore",
  );
  manner.duplicates = duplicates;
  return object;
};

const create = async (core: Core, exchange: Exchange, target: WriteTarget): Promise<Written> => {
  const manner = mannerOf(exchange);
  const input = await readObject(exchange, manner);
  const object = createObject(core, target.res, target.namespace, input, manner);
  return { code: 201, object, warnings: manner.warnings };
};

const update = async (core: Core, exchange: Exchange, target: WriteTarget): Promise<Written> => {
  const { res, namespace, name = "", subresource } = target;
  const manner = mannerOf(exchange);
  const input = await readObject(exchange, manner);
  const object =
    subresource === "scale"
      ? writeScale(core, res, namespace, name, input, manner)
      : updateObject(core, res, namespace, name, input, manner, {
          ...(subresource && { subresource }),
          needsVersion: res.custom,
        });
  return { code: 200, object, warnings: manner.warnings };
};

const patch = async (core: Core, exchange: Exchange, target: WriteTarget): Promise<Written> => {
  const { res, namespace, name = "", subresource } = target;
  const manner = mannerOf(exchange);
  const type = mediaType(exchange.request);
  const body = await readBody(exchange.request);
  if (subresource === "scale") {
    const scale = scaleOf(must(core, res, namespace, name), res) as unknown as JsonObject;
    const next = structuredClone(patchDocument(scale, res, type, body));
    return { code: 200, object: writeScale(core, res, namespace, name, next, manner), warnings: [] };
  }
  const creates = type === mediaApplyPatch && find(core, res, namespace, name) === undefined;
  const object = patchObject(
    core,
    res,
    {
      namespace,
      name,
      mediaType: type,
      body,
      force: exchange.query.get("force") === "true",
      managerNamed: exchange.query.has("fieldManager"),
      ...(subresource && { subresource }),
    },
    manner,
  );
  return { code: creates ? 201 : 200, object, warnings: manner.warnings };
};

/** DeleteOptions of body and query. */
const deletionOf = async (exchange: Exchange): Promise<Deletion> => {
  const body = await readBody(exchange.request);
  const options =
    body.length === 0 ? undefined : decodeObject(body, mediaType(exchange.request), false).object;
  const inBody = options?.["dryRun"];
  const dryRun = isDryRun(exchange, [
    ...exchange.query.getAll("dryRun"),
    ...(Array.isArray(inBody) ? inBody.map(String) : []),
  ]);
  return { ...readDeletion(options, exchange.query), dryRun };
};

const deletedStatus = (res: ApiResource, object: KubeObject): Status => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  details: {
    name: object.metadata.name,
    ...(res.group !== "" && { group: res.group }),
    kind: res.plural,
    ...(object.metadata.uid !== undefined && { uid: object.metadata.uid }),
  },
  code: 200,
});

/** Kinds whose last state is the answer to their deletion; all others answer with a Status. */
const returnsDeleted = new Set([
  "pods",
  "services",
  "serviceaccounts",
  "persistentvolumes",
  "persistentvolumeclaims",
]);

export type Answer =
  | { readonly type: "object"; readonly written: Written }
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "list"; readonly items: readonly KubeObject[] };

const deletedAnswer = (res: ApiResource, { object, gone }: Deleted): Answer =>
  gone && !returnsDeleted.has(res.storage)
    ? { type: "status", status: deletedStatus(res, object) }
    : { type: "object", written: { code: 200, object, warnings: [] } };

/** Deletes everything selected, as it stands now. */
const deleteAll = (core: Core, res: ApiResource, selection: Selection, deletion: Deletion): KubeObject[] =>
  [...core.store.collection(res.storage).entries(selection.namespace)]
    .map(([, object]) => asServed(object, res))
    .filter((object) => selection.matches?.(object) ?? true)
    .map(
      (object) => deleteObject(core, res, object.metadata.namespace, object.metadata.name, deletion).object,
    );

/** Carries out a write verb. */
export const write = async (
  core: Core,
  verb: "create" | "update" | "patch" | "delete" | "deletecollection",
  exchange: Exchange,
  target: WriteTarget,
  selection: () => Selection,
): Promise<Answer> => {
  const { res, namespace, name = "" } = target;
  switch (verb) {
    case "create":
      return { type: "object", written: await create(core, exchange, target) };
    case "update":
      return { type: "object", written: await update(core, exchange, target) };
    case "patch":
      return { type: "object", written: await patch(core, exchange, target) };
    case "delete": {
      const deletion = await deletionOf(exchange);
      return deletedAnswer(res, deleteObject(core, res, namespace, name, deletion));
    }
    case "deletecollection": {
      const deletion = await deletionOf(exchange);
      return { type: "list", items: deleteAll(core, res, selection(), deletion) };
    }
  }
};
