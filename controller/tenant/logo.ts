// The site's logo, from the manifest or from a ConfigMap. Pure.
import type { ConfigMap, Live } from "../engine/index.ts";
import type { LmsTenant } from "../../api/index.ts";
import type { LogoDocument } from "./documents.ts";

type Declared = NonNullable<NonNullable<LmsTenant["spec"]["site"]["branding"]>["logo"]>;

/** Why there is no picture: wait for it, or it is no picture. */
export interface LogoFault {
  readonly reason: string;
  readonly message: string;
  readonly terminal: boolean;
}

const FIELD = "spec.site.branding.logo";

/** The logo's document, or why there is none. `configMap` is the one the manifest names, if it exists. */
export function logoDocument(
  declared: Declared,
  configMap: Live<ConfigMap> | undefined,
): LogoDocument | LogoFault {
  const { alt, svg, configMapKeyRef: ref } = declared;
  if (svg !== undefined)
    return { alt, mediaType: "image/svg+xml", base64: Buffer.from(svg).toString("base64") };
  const { name, key } = ref ?? { name: "", key: "" };
  if (configMap === undefined)
    return {
      reason: "ConfigMapNotFound",
      message: `${FIELD}.configMapKeyRef: ConfigMap ${name} does not exist; make it with the key "${key}".`,
      terminal: false,
    };
  const text = configMap.data?.[key];
  const base64 =
    configMap.binaryData?.[key] ?? (text === undefined ? undefined : Buffer.from(text).toString("base64"));
  if (base64 === undefined)
    return {
      reason: "ConfigMapKeyNotFound",
      message: `${FIELD}.configMapKeyRef: ConfigMap ${name} has no key "${key}"; add it, or name one it has.`,
      terminal: false,
    };
  const mediaType = pictureType(Buffer.from(base64, "base64"));
  if (mediaType === undefined)
    return {
      reason: "LogoNotAPicture",
      message: `${FIELD}.configMapKeyRef: key "${key}" of ConfigMap ${name} is no SVG, PNG, JPEG or WebP picture.`,
      terminal: true,
    };
  return { alt, mediaType, base64 };
}

/** Told by the first bytes; a file's name may lie. */
function pictureType(bytes: Buffer): LogoDocument["mediaType"] | undefined {
  const head = bytes.subarray(0, 12).toString("latin1");
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return /^\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)/i.test(
    bytes
      .subarray(0, 512)
      .toString("utf8")
      .replace(/^\uFEFF/, ""),
  )
    ? "image/svg+xml"
    : undefined;
}
