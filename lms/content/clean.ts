// The allow-list: what of the HTML made from a text may reach a page, and where its links and pictures may lead.
import type { IOptions, Tag } from "sanitize-html";
import { ID_PREFIX } from "./headings.ts";

/** Address of a course file by its path as written in the text; undefined when the course has no such file. */
export type FileUrl = (path: string) => string | undefined;

const INLINE = ["a", "abbr", "b", "br", "code", "del", "em", "i", "kbd", "mark", "q", "s", "samp", "small"];
const MORE_INLINE = ["span", "strong", "sub", "sup", "u", "var"];
const BLOCK = [
  "blockquote",
  "dd",
  "details",
  "div",
  "dl",
  "dt",
  "figcaption",
  "figure",
  "h2",
  "h3",
  "h4",
  "h5",
];
const MORE_BLOCK = ["h6", "hr", "img", "li", "ol", "p", "pre", "summary", "ul"];
const TABLE = ["caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"];

export function cleaning(fileUrl: FileUrl, inline: boolean): IOptions {
  return {
    allowedTags: inline
      ? [...INLINE, ...MORE_INLINE]
      : [...INLINE, ...MORE_INLINE, ...BLOCK, ...MORE_BLOCK, ...TABLE],
    allowedAttributes: {
      a: ["href", "rel"],
      abbr: ["title"],
      details: ["open"],
      div: ["tabindex", "role", "aria-label"],
      h2: ["id"],
      h3: ["id"],
      h4: ["id"],
      h5: ["id"],
      h6: ["id"],
      img: ["src", "alt", "width", "height", "loading", "decoding"],
      ol: ["start"],
      pre: ["tabindex"],
      td: ["align", "colspan", "rowspan"],
      th: ["align", "colspan", "rowspan", "scope"],
    },
    allowedClasses: {
      code: [/^language-[\w+#.-]{1,30}$/, "hljs"],
      span: [/^hljs-[a-z_-]{1,30}$/, /^[a-z]+_$/],
      div: ["table"],
    },
    allowedSchemes: ["http", "https", "mailto"],
    allowedSchemesAppliedToAttributes: ["href", "src"],
    allowProtocolRelative: false,
    nestingLimit: 60,
    parseStyleAttributes: false,
    transformTags: {
      h1: "h2",
      a: (tagName, attribs) => ({ tagName, attribs: linkTo(attribs["href"] ?? "", fileUrl) }),
      img: (_tagName, attribs) => picture(attribs, fileUrl),
      "*": (tagName, attribs) => ({ tagName, attribs: withOurIds(attribs) }),
    },
  };
}

/** Only ids we made ourselves stay. */
function withOurIds(attribs: Record<string, string>): Record<string, string> {
  const { id, ...rest } = attribs;
  return id?.startsWith(ID_PREFIX) === true ? { ...rest, id } : rest;
}

const isAbsolute = (address: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(address);
const isWeb = (address: string): boolean => /^https?:\/\//i.test(address);

function linkTo(href: string, fileUrl: FileUrl): Record<string, string> {
  if (isWeb(href)) return { href, rel: "noopener noreferrer" };
  if (/^mailto:/i.test(href)) return { href };
  if (href.startsWith("#")) return { href: `#${ID_PREFIX}${href.slice(1).replace(ID_PREFIX, "")}` };
  // A path within the site; a second slash or backslash would make it another host.
  if (/^\/(?![/\\])/.test(href) && !/[\s\\]/.test(href)) return { href };
  const url = isAbsolute(href) ? undefined : fileUrl(filePath(href));
  return url === undefined ? {} : { href: url };
}

function picture(attribs: Record<string, string>, fileUrl: FileUrl): Tag {
  const src = attribs["src"] ?? "";
  const alt = attribs["alt"] ?? "";
  const url = isAbsolute(src) || src.startsWith("/") ? undefined : fileUrl(filePath(src));
  if (url !== undefined) {
    const size = { ...sizeOf("width", attribs), ...sizeOf("height", attribs) };
    return { tagName: "img", attribs: { src: url, alt, ...size, loading: "lazy", decoding: "async" } };
  }
  // A picture elsewhere would tell its server who reads what: it becomes a link the reader may follow.
  if (isWeb(src))
    return { tagName: "a", attribs: { href: src, rel: "noopener noreferrer" }, text: alt || src };
  return { tagName: "span", attribs: {}, text: alt };
}

function sizeOf(name: "width" | "height", attribs: Record<string, string>): Record<string, string> {
  const value = attribs[name] ?? "";
  return /^\d{1,4}$/.test(value) ? { [name]: value } : {};
}

/** `./images/a%20b.svg?x#y` as the path of a course file. */
function filePath(address: string): string {
  const path = address.replace(/[?#].*$/, "").replace(/^(\.\/)+/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
