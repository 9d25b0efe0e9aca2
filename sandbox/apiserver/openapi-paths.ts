// Paths of the served kinds as OpenAPI: enough for clients that ask which verbs and parameters a kind takes.
import { componentOf, gvkOf, pathRoot, type Schema } from "./openapi-schemas.ts";
import { formatsOf } from "./patch.ts";
import type { ApiResource } from "./resources.ts";

type Parameter = Record<string, unknown>;

/** How a dialect (v2, v3) writes parameters, bodies and answers. */
export interface Dialect {
  parameter(name: string, where: "query" | "path", type: string): Parameter;
  body(component: string): object;
  /** `formats` are the media types taken: clients choose theirs by them. */
  patchBody(formats: readonly string[]): object;
  answer(component: string): object;
}

const writeParameters = (dialect: Dialect): Parameter[] => [
  dialect.parameter("dryRun", "query", "string"),
  dialect.parameter("fieldManager", "query", "string"),
  dialect.parameter("fieldValidation", "query", "string"),
];

const listParameters = (dialect: Dialect): Parameter[] => [
  dialect.parameter("allowWatchBookmarks", "query", "boolean"),
  dialect.parameter("continue", "query", "string"),
  dialect.parameter("fieldSelector", "query", "string"),
  dialect.parameter("labelSelector", "query", "string"),
  dialect.parameter("limit", "query", "integer"),
  dialect.parameter("resourceVersion", "query", "string"),
  dialect.parameter("resourceVersionMatch", "query", "string"),
  dialect.parameter("sendInitialEvents", "query", "boolean"),
  dialect.parameter("timeoutSeconds", "query", "integer"),
  dialect.parameter("watch", "query", "boolean"),
];

const pascal = (text: string): string =>
  text
    .split(/[.-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

/** All paths of one kind. */
export const pathsOf = (res: ApiResource, dialect: Dialect): Record<string, Schema> => {
  const gvk = gvkOf(res);
  const component = componentOf(res);
  const scope = res.namespaced ? "Namespaced" : "";
  const id = `${pascal(res.group || "core")}${pascal(res.version)}${scope}${res.kind}`;
  const operation = (verb: string, action: string, rest: object): Schema => ({
    operationId: `${verb}${id}`,
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": gvk,
    ...rest,
  });
  const writes = writeParameters(dialect);
  const list = operation("list", "list", {
    parameters: listParameters(dialect),
    ...dialect.answer(`${component}List`),
  });
  const change = (suffix: string): Schema => ({
    get: operation(`read${suffix}`, "get", dialect.answer(component)),
    put: merge(
      operation(`replace${suffix}`, "put", dialect.answer(component)),
      dialect.body(component),
      writes,
    ),
    patch: merge(
      operation(`patch${suffix}`, "patch", dialect.answer(component)),
      dialect.patchBody(formatsOf(res)),
      [...writes, dialect.parameter("force", "query", "boolean")],
    ),
  });
  const namespace = res.namespaced ? [dialect.parameter("namespace", "path", "string")] : [];
  const named = [...namespace, dialect.parameter("name", "path", "string")];
  const root = pathRoot(res);
  const collection = `${root}${res.namespaced ? "/namespaces/{namespace}" : ""}/${res.plural}`;
  const paths: Record<string, Schema> = {
    [collection]: {
      parameters: namespace,
      get: list,
      post: merge(operation("create", "post", dialect.answer(component)), dialect.body(component), writes),
      delete: operation("deleteCollection", "deletecollection", dialect.answer(component)),
    },
    [`${collection}/{name}`]: {
      parameters: named,
      ...change(""),
      delete: operation("delete", "delete", dialect.answer(component)),
    },
  };
  if (res.namespaced)
    paths[`${root}/${res.plural}`] = { get: { ...list, operationId: `list${id}ForAllNamespaces` } };
  if (res.subresources.includes("status"))
    paths[`${collection}/{name}/status`] = { parameters: named, ...change("Status") };
  return paths;
};

/** Adds a body and parameters to an operation; in v2 the body is itself a parameter. */
const merge = (operation: Schema, body: object, parameters: readonly Parameter[]): Schema => {
  const { parameters: inBody = [], ...rest } = body as { parameters?: Parameter[] };
  return { ...operation, ...rest, parameters: [...inBody, ...parameters] };
};
