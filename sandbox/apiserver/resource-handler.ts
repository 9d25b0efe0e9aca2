// Requests for resources: finds the kind, the verb and the subresource, and has them done.
import type { NodeBackend } from "../cluster.ts";
import { must, type Core } from "./core.ts";
import { listObjects, selectionOf } from "./list.ts";
import { negotiate } from "./negotiate.ts";
import { mediaApplyPatch } from "./patch.ts";
import { mediaType } from "./body.ts";
import { evictPod, finalizeNamespace } from "./pod-actions.ts";
import { servePodLog } from "./pod-log.ts";
import { serveProxy } from "./proxy.ts";
import { verbOf, type ResourceRequest, type Verb } from "./request.ts";
import { hasSubresource, type ApiResource } from "./resources.ts";
import { addWarnings, sendJsonText, type Exchange } from "./respond.ts";
import { scaleOf } from "./scale.ts";
import type { Snapshots } from "./snapshots.ts";
import { methodNotAllowed, noSuchResource, notImplemented, notSupported } from "./status.ts";
import { mustHaveReached, wantedVersion } from "./version-params.ts";
import { viewOf } from "./view.ts";
import { serveWatch, type OpenWatches } from "./watch.ts";
import { write } from "./write.ts";

/** What the handlers work with. */
export interface Parts {
  readonly core: Core;
  readonly snapshots: Snapshots;
  readonly watches: OpenWatches;
  node: NodeBackend | undefined;
}

const find = (core: Core, target: ResourceRequest): ApiResource => {
  const res = core.registry.find(target.group, target.version, target.plural);
  if (res === undefined) throw noSuchResource();
  if (target.namespace !== undefined && !res.namespaced) throw noSuchResource();
  if (target.name !== undefined && res.namespaced && target.namespace === undefined) throw noSuchResource();
  return res;
};

/** The verb as the request metric names it. */
export const metricVerb = (exchange: Exchange, target: ResourceRequest): string => {
  const verb = verbOf(exchange.method, target.name !== undefined, exchange.query);
  switch (verb) {
    case "list":
    case "watch":
    case "deletecollection":
      return verb.toUpperCase();
    case "patch":
      return mediaType(exchange.request) === mediaApplyPatch ? "APPLY" : "PATCH";
    default:
      return exchange.method === "HEAD" ? "GET" : exchange.method;
  }
};

const handleRead = (
  parts: Parts,
  verb: "get" | "list" | "watch",
  exchange: Exchange,
  res: ApiResource,
  target: ResourceRequest,
): void => {
  const { core } = parts;
  const { query } = exchange;
  const wanted = negotiate(exchange.request.headers.accept);
  const view = viewOf(res, wanted, query);
  switch (verb) {
    case "watch": {
      const selection = selectionOf(res, target.namespace, query);
      return serveWatch(core, parts.watches, exchange, res, selection, view);
    }
    case "list": {
      const selection = selectionOf(res, target.namespace, query);
      const { meta, items } = listObjects(core, parts.snapshots, res, selection, query);
      return sendJsonText(exchange, 200, view.list(meta, items), wanted.format);
    }
    case "get": {
      const { revision } = wantedVersion(query);
      if (revision !== undefined) mustHaveReached(core.store, revision);
      const object = must(core, res, target.namespace, target.name ?? "");
      const text =
        target.subresource === "scale" ? JSON.stringify(scaleOf(object, res)) : view.object(object);
      return sendJsonText(exchange, 200, text, wanted.format);
    }
  }
};

const handleVerb = async (
  parts: Parts,
  verb: Verb,
  exchange: Exchange,
  res: ApiResource,
  target: ResourceRequest,
): Promise<void> => {
  if (verb === "get" || verb === "list" || verb === "watch")
    return handleRead(parts, verb, exchange, res, target);
  // Objects of a namespaced kind are made and swept in a namespace, not across all of them.
  if (res.namespaced && target.namespace === undefined) throw methodNotAllowed();
  if (verb === "create" && target.name !== undefined) throw methodNotAllowed();
  const { namespace, name, subresource } = target;
  const wanted = negotiate(exchange.request.headers.accept);
  const view = viewOf(res, wanted, exchange.query);
  const answer = await write(
    parts.core,
    verb,
    exchange,
    { res, namespace, name, subresource: subresource as "status" | "scale" | undefined },
    () => selectionOf(res, namespace, exchange.query),
  );
  switch (answer.type) {
    case "object": {
      const { code, object, warnings } = answer.written;
      addWarnings(exchange.response, [...(res.deprecation ? [res.deprecation] : []), ...warnings]);
      const text = subresource === "scale" ? JSON.stringify(object) : view.object(object);
      return sendJsonText(exchange, code, text, wanted.format);
    }
    case "status":
      return sendJsonText(exchange, 200, JSON.stringify(answer.status), wanted.format);
    case "list": {
      const meta = { resourceVersion: String(parts.core.store.revision) };
      return sendJsonText(exchange, 200, view.list(meta, answer.items), wanted.format);
    }
  }
};

const noStreams =
  "the sandbox has no exec, attach or port-forward: its containers are local processes; use kubectl logs, the gateway, or the services/proxy and pods/proxy paths";

const handleSubresource = async (
  parts: Parts,
  exchange: Exchange,
  res: ApiResource,
  target: ResourceRequest,
): Promise<void> => {
  const { core, node } = parts;
  switch (`${res.storage}/${target.subresource ?? ""}`) {
    case "pods/log":
      return servePodLog(core, node, exchange, res, target);
    case "pods/proxy":
    case "services/proxy":
      return serveProxy(core, node, exchange, res, target);
    case "pods/eviction":
      return evictPod(core, exchange, res, target);
    case "namespaces/finalize":
      return finalizeNamespace(core, exchange, res, target);
    case "pods/exec":
    case "pods/attach":
    case "pods/portforward":
      throw notImplemented(noStreams);
    default:
      throw noSuchResource();
  }
};

/** Answers a request for a resource. Refusals are thrown as ApiError. */
export const handleResource = async (
  parts: Parts,
  exchange: Exchange,
  target: ResourceRequest,
): Promise<void> => {
  const res = find(parts.core, target);
  const { subresource } = target;
  if (subresource !== undefined && subresource !== "status" && subresource !== "scale")
    return handleSubresource(parts, exchange, res, target);
  if (subresource !== undefined && (!hasSubresource(res, subresource) || target.rest !== ""))
    throw noSuchResource();
  const verb = verbOf(exchange.method, target.name !== undefined, exchange.query);
  if (verb === undefined) throw methodNotAllowed();
  if (subresource !== undefined && !["get", "update", "patch"].includes(verb)) throw notSupported(res, verb);
  if (res.deprecation !== undefined && verb !== "watch") addWarnings(exchange.response, [res.deprecation]);
  return handleVerb(parts, verb, exchange, res, target);
};
