// Content negotiation: which representation of an object or list a client wants.
import { notAcceptable } from "./status.ts";

export type Shape = "object" | "table" | "partial";

export interface Representation {
  shape: Shape;
  /** Version of meta.k8s.io asked for with a table or partial object. */
  metaVersion: string;
  format: "json" | "yaml";
}

export const mediaJson = "application/json";
export const mediaYaml = "application/yaml";

const plain: Representation = { shape: "object", metaVersion: "v1", format: "json" };

export interface MediaRange {
  type: string;
  params: Map<string, string>;
}

/** An Accept header as media ranges, the most wanted first. */
export const parseAccept = (header: string): MediaRange[] =>
  header
    .split(",")
    .map((part) => {
      const [type = "", ...params] = part.split(";").map((piece) => piece.trim());
      const pairs = params.map((param): [string, string] => {
        const [key = "", value = ""] = param.split("=");
        return [key.toLowerCase(), value];
      });
      return { type: type.toLowerCase(), params: new Map(pairs) };
    })
    .filter((range) => range.type !== "")
    .sort((a, b) => Number(b.params.get("q") ?? 1) - Number(a.params.get("q") ?? 1));

const shapes: Record<string, Shape> = {
  Table: "table",
  PartialObjectMetadata: "partial",
  PartialObjectMetadataList: "partial",
};

const formats: Record<string, "json" | "yaml"> = {
  [mediaJson]: "json",
  "*/*": "json",
  "application/*": "json",
  [mediaYaml]: "yaml",
  "text/yaml": "yaml",
};

const answer = (range: MediaRange): Representation | undefined => {
  const format = formats[range.type];
  if (format === undefined) return undefined;
  const as = range.params.get("as");
  if (as === undefined) return { ...plain, format };
  const shape = shapes[as];
  const metaVersion = range.params.get("v") ?? "v1";
  if (shape === undefined || range.params.get("g") !== "meta.k8s.io") return undefined;
  return metaVersion === "v1" || metaVersion === "v1beta1" ? { shape, metaVersion, format } : undefined;
};

/** The first wanted representation that exists; 406 when none does. */
export const negotiate = (accept: string | undefined): Representation => {
  if (accept === undefined || accept === "") return plain;
  for (const range of parseAccept(accept)) {
    const found = answer(range);
    if (found !== undefined) return found;
  }
  throw notAcceptable([mediaJson, mediaYaml]);
};
