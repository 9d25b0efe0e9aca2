// Objects sent in Kubernetes' protobuf encoding, read as the JSON they mean. Typed Go clients write this way, kubectl
// create among them. Answers are JSON, which those clients take as well.
import { builtinResources, originOf } from "../builtin/index.ts";
import type { JsonObject, JSONSchemaProps } from "../schema/index.ts";
import { objectMetaSchema } from "./metadata.ts";
import { fieldNumbers, meantZeros } from "./protobuf-numbers.ts";
import { wireFields } from "./protobuf-wire.ts";
import { splitApiVersion } from "./resources.ts";
import { ApiError, badRequest } from "./status.ts";

export const mediaProtobuf = "application/vnd.kubernetes.protobuf";

/** Every message is wrapped and begins so. */
const magic = Buffer.from("k8s\0", "latin1");

const text: JSONSchemaProps = { type: "string" };

const preconditions: JSONSchemaProps = { type: "object", properties: { uid: text, resourceVersion: text } };
const deleteOptions: JSONSchemaProps = {
  type: "object",
  properties: {
    gracePeriodSeconds: { type: "integer" },
    preconditions,
    orphanDependents: { type: "boolean" },
    propagationPolicy: text,
    dryRun: { type: "array", items: text },
  },
};

const partOfMeta = (name: string): JSONSchemaProps => objectMetaSchema.properties?.[name]?.items ?? {};

/** Types that are not built from models, by their `properties`. */
const ownTypes = new Map<unknown, string>([
  [objectMetaSchema.properties, "ObjectMeta"],
  [partOfMeta("ownerReferences").properties, "OwnerReference"],
  [partOfMeta("managedFields").properties, "ManagedFieldsEntry"],
  [deleteOptions.properties, "DeleteOptions"],
  [preconditions.properties, "Preconditions"],
]);

const refuse = (what: string): ApiError =>
  new ApiError(
    415,
    "UnsupportedMediaType",
    `${what} is not understood in ${mediaProtobuf}; send the object as application/json`,
  );

const asBuffer = (value: bigint | Buffer): Buffer => {
  if (typeof value === "bigint") throw badRequest("a protobuf field has the wrong wire type");
  return value;
};

const asInteger = (value: bigint | Buffer): number => {
  if (typeof value !== "bigint") throw badRequest("a protobuf field has the wrong wire type");
  return Number(BigInt.asIntN(64, value));
};

/** The only fields of small messages that stand for one JSON value: by number. */
const numbered = (bytes: Buffer): Map<number, bigint | Buffer> =>
  new Map([...wireFields(bytes)].map(({ number, value }) => [number, value]));

/** Seconds and nanoseconds; an empty message is no time at all. */
const timeOf = (bytes: Buffer): string | undefined => {
  if (bytes.length === 0) return undefined;
  const fields = numbered(bytes);
  const seconds = asInteger(fields.get(1) ?? 0n);
  const nanos = asInteger(fields.get(2) ?? 0n);
  if (seconds <= -62_135_596_800) return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return nanos === 0 ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z`;
};

const intOrString = (bytes: Buffer): number | string => {
  const fields = numbered(bytes);
  return asInteger(fields.get(1) ?? 0n) === 0
    ? asInteger(fields.get(2) ?? 0n)
    : asBuffer(fields.get(3) ?? Buffer.alloc(0)).toString("utf8");
};

const isQuantity = (schema: JSONSchemaProps): boolean => schema.format === "quantity";

/** One value by its schema; undefined when it says nothing. */
const valueOf = (schema: JSONSchemaProps, value: bigint | Buffer, path: string): unknown => {
  if (isQuantity(schema))
    return asBuffer(numbered(asBuffer(value)).get(1) ?? Buffer.alloc(0)).toString("utf8");
  if (schema["x-kubernetes-int-or-string"] === true) return intOrString(asBuffer(value));
  switch (schema.type) {
    case "string":
      if (schema.format === "date-time") return timeOf(asBuffer(value));
      return asBuffer(value).toString(schema.format === "byte" ? "base64" : "utf8");
    case "integer":
      return asInteger(value);
    case "boolean":
      return asInteger(value) !== 0;
    case "object":
      if (schema.properties !== undefined) return messageOf(schema, asBuffer(value), path);
      // Free-form content (managed fields) travels as JSON text in field 1.
      if (schema["x-kubernetes-preserve-unknown-fields"] === true)
        return JSON.parse(asBuffer(numbered(asBuffer(value)).get(1) ?? Buffer.from("{}")).toString("utf8"));
      throw refuse(path);
    default:
      throw refuse(path);
  }
};

const saysNothing = (name: string, value: unknown): boolean =>
  value === undefined || ((value === "" || value === 0 || value === false) && !meantZeros.has(name));

/** Adds one field of a message to the object it becomes. */
const addField = (
  object: JsonObject,
  name: string,
  schema: JSONSchemaProps,
  value: bigint | Buffer,
  path: string,
): void => {
  if (schema.type === "array") {
    const list = (object[name] ??= []) as unknown[];
    list.push(valueOf(schema.items ?? {}, value, path));
    return;
  }
  if (schema.type === "object" && typeof schema.additionalProperties === "object") {
    const entry = numbered(asBuffer(value));
    const key = asBuffer(entry.get(1) ?? Buffer.alloc(0)).toString("utf8");
    const map = (object[name] ??= {}) as JsonObject;
    map[key] = valueOf(schema.additionalProperties, entry.get(2) ?? Buffer.alloc(0), path);
    return;
  }
  const decoded = valueOf(schema, value, path);
  if (!saysNothing(name, decoded)) object[name] = decoded;
};

const namesByNumber = new Map<string, Map<number, string>>();

const namesOf = (type: string, path: string): Map<number, string> => {
  let names = namesByNumber.get(type);
  if (names === undefined) {
    const numbers = fieldNumbers[type];
    if (numbers === undefined) throw refuse(path);
    names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
    namesByNumber.set(type, names);
  }
  return names;
};

/** A message of the type behind `schema` (or of `type`) as an object. */
const messageOf = (schema: JSONSchemaProps, bytes: Buffer, path: string, type?: string): JsonObject => {
  const name = type ?? ownTypes.get(schema.properties) ?? originOf(schema)?.model ?? "";
  const names = namesOf(name, path);
  const object: JsonObject = {};
  for (const { number, value } of wireFields(bytes)) {
    const field = names.get(number);
    if (field === undefined) throw refuse(`field ${number} of ${path}`);
    if (field.startsWith("..."))
      Object.assign(object, messageOf(schema, asBuffer(value), path, field.slice(3)));
    else if (field === "metadata")
      object[field] = messageOf(objectMetaSchema, asBuffer(value), `${path}.metadata`);
    else addField(object, field, schema.properties?.[field] ?? {}, value, `${path}.${field}`);
  }
  return object;
};

const kindOf = (apiVersion: string, kind: string): { schema: JSONSchemaProps; type: string } => {
  if (kind === "DeleteOptions") return { schema: deleteOptions, type: kind };
  const { group, version } = splitApiVersion(apiVersion);
  const found = builtinResources.find(
    (res) => res.group === group && res.version === version && res.kind === kind,
  );
  if (found === undefined) throw refuse(`${apiVersion}, Kind=${kind}`);
  const type = kind !== "Event" ? `V1${kind}` : group === "" ? "CoreV1Event" : "EventsV1Event";
  return { schema: found.schema.root.props, type };
};

/**
 * Reads one object.
 * @throws ApiError 415 naming the kind or field that is not understood, 400 when the bytes make no sense
 */
export const decodeProtobuf = (body: Buffer): JsonObject => {
  if (!body.subarray(0, magic.length).equals(magic))
    throw badRequest("the body does not begin as Kubernetes protobuf does");
  try {
    const wrapper = numbered(body.subarray(magic.length));
    const typeMeta = numbered(asBuffer(wrapper.get(1) ?? Buffer.alloc(0)));
    const word = (number: number): string =>
      asBuffer(typeMeta.get(number) ?? Buffer.alloc(0)).toString("utf8");
    const [apiVersion, kind] = [word(1), word(2)];
    const { schema, type } = kindOf(apiVersion, kind);
    const raw = asBuffer(wrapper.get(2) ?? Buffer.alloc(0));
    return { apiVersion, kind, ...messageOf(schema, raw, kind, type) };
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest(`the body is not valid protobuf: ${(error as Error).message}`);
  }
};
