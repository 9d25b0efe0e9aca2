// The OpenAPI documents: v3, one per group version under a URL with its hash, and v2, one for all.
import { createHash } from "node:crypto";
import { openApiProtobuf } from "./openapi-protobuf.ts";
import { componentsOf, type Schema } from "./openapi-schemas.ts";
import { pathsOf, type Dialect } from "./openapi-paths.ts";
import type { ApiResource, ResourceRegistry } from "./resources.ts";
import { version } from "./version.ts";

export interface Document {
  readonly text: string | Buffer;
  /** Upper-case hex, as part of URLs and as ETag. */
  readonly hash: string;
}

const documentOf = (content: object): Document => hashed(JSON.stringify(content));

const hashed = (text: string | Buffer): Document => {
  return { text, hash: createHash("sha512").update(text).digest("hex").toUpperCase().slice(0, 64) };
};

const info = { title: "Provost sandbox", version: version.gitVersion };
const v3Root = "#/components/schemas/";
const v2Root = "#/definitions/";

const v3: Dialect = {
  parameter: (name, where, type) => ({
    name,
    in: where,
    ...(where === "path" && { required: true }),
    schema: { type, uniqueItems: true },
  }),
  body: (component) => ({
    requestBody: { content: { "*/*": { schema: { $ref: `${v3Root}${component}` } } }, required: true },
  }),
  patchBody: (formats) => ({
    requestBody: {
      content: Object.fromEntries(formats.map((type) => [type, { schema: { type: "object" } }])),
      required: true,
    },
  }),
  answer: (component) => ({
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema: { $ref: `${v3Root}${component}` } } },
      },
    },
  }),
};

const v2: Dialect = {
  parameter: (name, where, type) => ({
    name,
    in: where,
    type,
    uniqueItems: true,
    ...(where === "path" && { required: true }),
  }),
  body: (component) => ({
    parameters: [{ name: "body", in: "body", required: true, schema: { $ref: `${v2Root}${component}` } }],
  }),
  patchBody: (formats) => ({
    consumes: formats,
    parameters: [{ name: "body", in: "body", required: true, schema: { type: "object" } }],
  }),
  answer: (component) => ({
    responses: { "200": { description: "OK", schema: { $ref: `${v2Root}${component}` } } },
  }),
};

const allPaths = (resources: readonly ApiResource[], dialect: Dialect): Record<string, Schema> =>
  Object.assign({}, ...resources.map((res) => pathsOf(res, dialect))) as Record<string, Schema>;

const v3Document = (resources: readonly ApiResource[]): Document =>
  documentOf({
    openapi: "3.0.0",
    info,
    paths: allPaths(resources, v3),
    components: { schemas: componentsOf(resources, v3Root) },
  });

/** `api/v1` or `apis/GROUP/VERSION`: where a group version's document lies below `/openapi/v3/`. */
const placeOf = (group: string, version: string): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** Documents are made when asked for and kept until the kinds they tell of change. */
export class OpenApi {
  readonly #registry: ResourceRegistry;
  /** By place; `of` are the resources the document was made from. */
  readonly #documents = new Map<string, { of: readonly ApiResource[]; document: Document }>();
  #v2: { generation: number; document: Document; protobuf: Document | undefined } | undefined;

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  /** The index of `/openapi/v3`. */
  index(): Document {
    const places = [
      { group: "", version: "v1" },
      ...this.#registry
        .groups()
        .flatMap(({ name, versions }) => versions.map((version) => ({ group: name, version }))),
    ];
    const paths = places.map(({ group, version }) => {
      const place = placeOf(group, version);
      const hash = this.document(place)?.hash ?? "";
      return [place, { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` }] as const;
    });
    return documentOf({ paths: Object.fromEntries(paths) });
  }

  /** The document at `place` (`api/v1`, `apis/apps/v1`); undefined when nothing is served there. */
  document(place: string): Document | undefined {
    const [prefix = "", group = "", version = ""] = place.split("/");
    const resources =
      prefix === "api" ? this.#registry.inVersion("", group) : this.#registry.inVersion(group, version);
    if (resources.length === 0) return undefined;
    const known = this.#documents.get(place);
    if (known !== undefined && same(known.of, resources)) return known.document;
    const document = v3Document(resources);
    this.#documents.set(place, { of: resources, document });
    return document;
  }

  /** The one document of `/openapi/v2`. */
  v2(): Document {
    return this.#current().document;
  }

  /** The same in protobuf; made only when somebody asks for it. */
  v2Protobuf(): Document {
    const current = this.#current();
    const swagger = (): object => JSON.parse(String(current.document.text)) as object;
    return (current.protobuf ??= hashed(openApiProtobuf(swagger())));
  }

  #current() {
    const { generation } = this.#registry;
    if (this.#v2?.generation !== generation)
      this.#v2 = { generation, document: this.#makeV2(), protobuf: undefined };
    return this.#v2;
  }

  #makeV2(): Document {
    const versions = Map.groupBy(this.#registry.all(), (res) => `${res.group}/${res.version}`);
    const definitions = Object.assign(
      {},
      ...[...versions.values()].map((resources) => componentsOf(resources, v2Root)),
    ) as Record<string, Schema>;
    return documentOf({
      swagger: "2.0",
      info,
      paths: allPaths(this.#registry.all(), v2),
      definitions,
    });
  }
}

const same = (a: readonly ApiResource[], b: readonly ApiResource[]): boolean =>
  a.length === b.length && a.every((res, index) => res === b[index]);
