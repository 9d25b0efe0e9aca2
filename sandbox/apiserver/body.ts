// Request bodies: reading within limits, and decoding JSON, YAML or protobuf into objects.
import type { IncomingMessage } from "node:http";
import { parseDocument } from "yaml";
import type { JsonObject } from "../schema/index.ts";
import { duplicateKeys } from "./duplicates.ts";
import { decodeProtobuf, mediaProtobuf } from "./protobuf.ts";
import { badRequest, tooLarge, unsupportedMediaType } from "./status.ts";

/** As kube-apiserver: larger bodies are refused unread. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** The whole body; 413 above the limit. */
export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const refuse = (): Error => tooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
  if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) throw refuse();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw refuse();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** The media type without parameters, in lower case; JSON when the client names none. */
export const mediaType = (request: IncomingMessage): string =>
  (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";

export interface Decoded {
  object: JsonObject;
  /** Keys that stood twice, worded as strict decoding words them. */
  duplicates: string[];
}

const asObject = (value: unknown): JsonObject => {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw badRequest("couldn't get version/kind; the body must be one object with apiVersion and kind");
  return value as JsonObject;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not valid JSON: ${(error as Error).message}`);
  }
};

const decodeYaml = (text: string): Decoded => {
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: false });
  const duplicates: string[] = [];
  for (const error of document.errors) {
    if (error.code !== "DUPLICATE_KEY") throw badRequest(`error decoding YAML: ${error.message}`);
    const line = text.slice(0, error.pos[0]).split("\n").length;
    const key = /^["']?([^\s:"']+)/.exec(text.slice(error.pos[0]))?.[1] ?? "";
    duplicates.push(`yaml: line ${line}: key "${key}" already set in map`);
  }
  return { object: asObject(document.toJS({ maxAliasCount: 100 })), duplicates };
};

/** Decodes one object. `lookForDuplicates` costs a second pass over JSON: asked for by strict and warning modes. */
export const decodeObject = (body: Buffer, type: string, lookForDuplicates: boolean): Decoded => {
  const text = body.toString("utf8");
  switch (type) {
    case "":
    case "application/json": {
      const object = asObject(parseJson(text));
      const duplicates = lookForDuplicates
        ? duplicateKeys(text).map((path) => `duplicate field "${path}"`)
        : [];
      return { object, duplicates };
    }
    case "application/yaml":
    case "application/x-yaml":
    case "text/yaml":
      return decodeYaml(text);
    case mediaProtobuf:
      return { object: decodeProtobuf(body), duplicates: [] };
    default:
      throw unsupportedMediaType(["application/json", "application/yaml", mediaProtobuf]);
  }
};

/** A patch document: any JSON value. */
export const decodeJson = (body: Buffer): unknown => parseJson(body.toString("utf8"));
