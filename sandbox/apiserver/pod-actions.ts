// Subresources that are actions: eviction of a pod, finalizing of a namespace.
import type { JsonObject } from "../schema/index.ts";
import { decodeObject, mediaType, readBody } from "./body.ts";
import { must, type Core } from "./core.ts";
import { deleteObject, readDeletion } from "./delete.ts";
import type { ResourceRequest } from "./request.ts";
import type { ApiResource } from "./resources.ts";
import { sendJsonText, type Exchange } from "./respond.ts";
import { methodNotAllowed } from "./status.ts";
import { storeChanged } from "./update.ts";

const bodyOf = async (exchange: Exchange): Promise<JsonObject> => {
  const body = await readBody(exchange.request);
  return body.length === 0 ? {} : decodeObject(body, mediaType(exchange.request), false).object;
};

/** Evicts a pod: deletes it, with the eviction's delete options. Disruption budgets are not consulted. */
export const evictPod = async (
  core: Core,
  exchange: Exchange,
  res: ApiResource,
  { namespace, name = "" }: ResourceRequest,
): Promise<void> => {
  if (exchange.method !== "POST") throw methodNotAllowed();
  const eviction = await bodyOf(exchange);
  const options = eviction["deleteOptions"] as JsonObject | undefined;
  deleteObject(core, res, namespace, name, readDeletion(options, exchange.query));
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
  sendJsonText(exchange, 201, JSON.stringify(status));
};

/** Replaces a namespace's `spec.finalizers`, which no other write touches. */
export const finalizeNamespace = async (
  core: Core,
  exchange: Exchange,
  res: ApiResource,
  { name = "" }: ResourceRequest,
): Promise<void> => {
  if (exchange.method !== "PUT") throw methodNotAllowed();
  const given = await bodyOf(exchange);
  const finalizers = ((given["spec"] as JsonObject | undefined)?.["finalizers"] ?? []) as string[];
  const live = must(core, res, undefined, name);
  const next = { ...live, spec: { ...(live.spec as JsonObject), finalizers } };
  sendJsonText(exchange, 200, JSON.stringify(storeChanged(core, res, live, next, false)));
};
