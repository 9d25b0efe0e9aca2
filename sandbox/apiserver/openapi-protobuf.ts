// The OpenAPI v2 document in protobuf: kubectl reads it in no other form, and asks it about kinds that OpenAPI v3 does
// not tell of, such as `List`. Messages and numbers: github.com/google/gnostic, openapiv2/OpenAPIv2.proto.

export const mediaOpenApiProtobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** What clients ask for: an older spelling too, which is no legal media type and must not be answered. */
export const openApiProtobufTypes: ReadonlySet<string> = new Set([
  mediaOpenApiProtobuf,
  "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
]);

type Json = Readonly<Record<string, unknown>>;
/** Encodes a value as the contents of one field; undefined leaves it out. */
type Encode = (value: unknown) => Buffer | bigint | undefined;

const varint = (value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const more = rest > 0x7fn;
    bytes.push(Number(rest & 0x7fn) | (more ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
};

/** Field `number` of a message: an integer, or a run of bytes with its length. */
const field = (number: number, content: Buffer | bigint): Buffer =>
  typeof content === "bigint"
    ? Buffer.concat([varint(BigInt(number << 3)), varint(content)])
    : Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(content.length)), content]);

/** A `double` has a wire type of its own. */
const doubleField = (number: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(BigInt((number << 3) | 1)), bytes]);
};

const text: Encode = (value) => (typeof value === "string" ? Buffer.from(value, "utf8") : undefined);
const truth: Encode = (value) => (value === true ? 1n : undefined);
const integer: Encode = (value) => (typeof value === "number" ? BigInt(Math.trunc(value)) : undefined);

interface Field {
  readonly number: number;
  readonly encode: Encode | "double";
  readonly repeated?: true;
}

const one = (number: number, encode: Encode | "double"): Field => ({ number, encode });
const many = (number: number, encode: Encode): Field => ({ number, encode, repeated: true });

/** Any JSON value: protobuf has no word for it, so it goes as YAML, which JSON is. */
const any: Encode = (value) => field(2, Buffer.from(JSON.stringify(value), "utf8"));

/** A mapping as a list of name and value, which keeps its order. */
const named =
  (number: number, encode: Encode, chosen: (name: string) => boolean = () => true): Encode =>
  (value) =>
    Buffer.concat(
      Object.entries(value as Json).flatMap(([name, each]) => {
        const content = chosen(name) ? encode(each) : undefined;
        const entry = [field(1, Buffer.from(name, "utf8"))];
        return content === undefined ? [] : [field(number, Buffer.concat([...entry, field(2, content)]))];
      }),
    );

const isExtension = (name: string): boolean => name.startsWith("x-");

/** A message of known fields; `extensions` is the field that takes the `x-` ones. Others are left out. */
const message =
  (fields: () => Readonly<Record<string, Field>>, extensions?: number): Encode =>
  (value) => {
    const parts: Buffer[] = [];
    for (const [name, { number, encode, repeated }] of Object.entries(fields())) {
      const given = (value as Json)[name];
      if (given === undefined) continue;
      for (const each of repeated ? (given as unknown[]) : [given]) {
        if (encode === "double") parts.push(doubleField(number, Number(each)));
        else {
          const content = encode(each);
          if (content !== undefined) parts.push(field(number, content));
        }
      }
    }
    if (extensions !== undefined) parts.push(named(extensions, any, isExtension)(value) as Buffer);
    return Buffer.concat(parts);
  };

/** One of several messages, which is a message with one field. */
const within =
  (number: number, encode: Encode): Encode =>
  (value) => {
    const content = encode(value);
    return content === undefined ? undefined : field(number, content);
  };

const schemaFields: Readonly<Record<string, Field>> = {
  $ref: one(1, text),
  format: one(2, text),
  title: one(3, text),
  description: one(4, text),
  default: one(5, any),
  multipleOf: one(6, "double"),
  maximum: one(7, "double"),
  exclusiveMaximum: one(8, truth),
  minimum: one(9, "double"),
  exclusiveMinimum: one(10, truth),
  maxLength: one(11, integer),
  minLength: one(12, integer),
  pattern: one(13, text),
  maxItems: one(14, integer),
  minItems: one(15, integer),
  uniqueItems: one(16, truth),
  maxProperties: one(17, integer),
  minProperties: one(18, integer),
  required: many(19, text),
  enum: many(20, any),
  additionalProperties: one(21, (value) =>
    typeof value === "boolean" ? field(2, value ? 1n : 0n) : within(1, schema)(value),
  ),
  type: one(22, within(1, text)),
  items: one(23, (value) => within(1, schema)(value)),
  allOf: many(24, (value) => schema(value)),
  properties: one(25, (value) => named(1, schema)(value)),
};
const schema: Encode = message(() => schemaFields, 31);

const bodyParameter = message(() => ({
  description: one(1, text),
  name: one(2, text),
  in: one(3, text),
  required: one(4, truth),
  schema: one(5, schema),
}));
/** Parameters of paths and queries differ in where their type stands. */
const plainParameter = (type: number): Encode =>
  message(() => ({
    required: one(1, truth),
    in: one(2, text),
    description: one(3, text),
    name: one(4, text),
    type: one(type, text),
  }));
const parameter: Encode = (value) => {
  const where = (value as Json)["in"];
  if (where === "body") return within(1, within(1, bodyParameter))(value);
  const content = where === "path" ? within(4, plainParameter(5)) : within(3, plainParameter(6));
  return within(1, within(2, content))(value);
};

const response = message(() => ({ description: one(1, text), schema: one(2, within(1, schema)) }));
const operation = message(
  () => ({
    operationId: one(5, text),
    produces: many(6, text),
    consumes: many(7, text),
    parameters: many(8, parameter),
    responses: one(9, named(1, within(1, response))),
  }),
  13,
);
const pathItem = message(() => ({
  get: one(2, operation),
  put: one(3, operation),
  post: one(4, operation),
  delete: one(5, operation),
  patch: one(8, operation),
  parameters: many(9, parameter),
}));
const document = message(() => ({
  swagger: one(1, text),
  info: one(
    2,
    message(() => ({ title: one(1, text), version: one(2, text) })),
  ),
  paths: one(8, named(2, pathItem)),
  definitions: one(9, named(1, schema)),
}));

/** A Swagger 2.0 document as protobuf. What its messages have no field for (oneOf, nullable) is left out. */
export const openApiProtobuf = (swagger: object): Buffer => document(swagger) as Buffer;
