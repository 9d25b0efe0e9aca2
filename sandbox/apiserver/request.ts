// What a request asks for: path, verb and query taken apart. Nothing is looked up here.
import type { IncomingMessage } from "node:http";
import { badRequest } from "./status.ts";

/** A request for a resource, or for a path of the server itself (`/version`, `/openapi/v3`). */
export interface ResourceRequest {
  group: string;
  version: string;
  namespace?: string;
  plural: string;
  name?: string;
  subresource?: string;
  /** What follows the subresource, with its leading slash: the path behind `/proxy`. */
  rest: string;
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path segment "${part}" is not valid percent-encoding`);
  }
};

const namespaceSubresources = new Set(["status", "finalize"]);

/** Takes `/api/v1/...` or `/apis/GROUP/VERSION/...` apart; undefined for every other path. */
export const parseResourcePath = (path: string): ResourceRequest | undefined => {
  const parts = path.split("/");
  let at: number;
  let group = "";
  if (parts[1] === "api") at = 2;
  else if (parts[1] === "apis") {
    group = decode(parts[2] ?? "");
    at = 3;
  } else return undefined;
  const version = parts[at] ?? "";
  const first = parts[at + 1] ?? "";
  if (version === "" || first === "") return undefined;
  at++;

  const take = (from: number, namespace?: string): ResourceRequest => {
    const [plural = "", name, subresource] = parts.slice(from, from + 3);
    const rest = parts.slice(from + 3);
    return {
      group,
      version,
      plural: decode(plural),
      rest: rest.length === 0 ? "" : `/${rest.join("/")}`,
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && name !== "" && { name: decode(name) }),
      ...(subresource !== undefined && subresource !== "" && { subresource: decode(subresource) }),
    };
  };
  const third = parts[at + 2];
  const withinNamespace =
    first === "namespaces" && third !== undefined && third !== "" && !namespaceSubresources.has(third);
  return withinNamespace ? take(at + 2, decode(parts[at + 1] ?? "")) : take(at);
};

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export const isWrite = (verb: string): boolean => !["get", "list", "watch"].includes(verb);

/** The API verb of a method on a collection or an object; undefined when there is none. */
export const verbOf = (method: string, named: boolean, query: URLSearchParams): Verb | undefined => {
  switch (method) {
    case "GET":
    case "HEAD":
      if (named) return "get";
      return flag(query, "watch") ? "watch" : "list";
    case "POST":
      return "create";
    case "PUT":
      return named ? "update" : undefined;
    case "PATCH":
      return named ? "patch" : undefined;
    case "DELETE":
      return named ? "delete" : "deletecollection";
    default:
      return undefined;
  }
};

/** A boolean query parameter: present without a value, `1` and `true` mean yes. */
export const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  if (value === null || value === "0" || value.toLowerCase() === "false") return false;
  if (value === "" || value === "1" || value.toLowerCase() === "true") return true;
  throw badRequest(`query parameter ${name}: Invalid value: "${value}": must be true or false`);
};

/** A whole number from the query; undefined when absent or empty. */
export const integer = (query: URLSearchParams, name: string): number | undefined => {
  const value = query.get(name);
  if (value === null || value === "") return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw badRequest(`query parameter ${name}: Invalid value: "${value}": must be a whole number, 0 or more`);
  return number;
};

/** A text parameter; undefined when absent or empty. */
export const text = (query: URLSearchParams, name: string): string | undefined =>
  query.get(name) || undefined;

/** Path and query of a request; the path stays percent-encoded. */
export const splitUrl = (request: IncomingMessage): { path: string; query: URLSearchParams } => {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
};
