// Markdown to HTML that may stand in a page as it is. Rendered when a document is applied, never when a page is read.
import type { MarkdownIt, Token } from "markdown-it";
import { cleaning, type FileUrl } from "./clean.ts";
import { placeHeadings } from "./headings.ts";
import { libraries } from "./libraries.ts";

export type { FileUrl } from "./clean.ts";

export interface MarkdownOptions {
  /** Address of a course file by path; undefined (as for a site's texts) when there is none. */
  readonly fileUrl?: FileUrl;
  /** Level of the topmost heading: 2 when absent, for the page's title is its h1. */
  readonly topHeading?: 2 | 3 | 4;
}

const noFiles: FileUrl = () => undefined;

/**
 * HTML of a Markdown text: CommonMark with tables, strikethrough, links from bare addresses, highlighted code and a
 * short list of HTML elements. Safe to print unescaped whatever the text says; pictures come from course files only.
 */
export function renderMarkdown(markdown: string, options: MarkdownOptions = {}): string {
  const parser = blockParser();
  const env = {};
  const tokens = parser.parse(markdown, env);
  placeHeadings(tokens, options.topHeading ?? 2);
  const html = parser.renderer.render(tokens, parser.options, env);
  return libraries().sanitize(html, cleaning(options.fileUrl ?? noFiles, false));
}

/** HTML of a line of Markdown without blocks and pictures, as for a choice of a quiz or a footer. */
export function renderInline(markdown: string): string {
  const html = blockParser().renderInline(markdown);
  return libraries().sanitize(html, cleaning(noFiles, true)).trim();
}

let parser: MarkdownIt | undefined;

function blockParser(): MarkdownIt {
  if (parser) return parser;
  const { MarkdownIt } = libraries();
  parser = new MarkdownIt({ html: true, linkify: true, highlight: highlighted });
  // Bare words such as "provost.dev" stay words: only what says http(s) becomes a link.
  parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  for (const scheme of ["ftp:", "//", "mailto:"]) parser.linkify.add(scheme, null);
  const { rules } = parser.renderer;
  rules["table_open"] = () => `<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n`;
  rules["table_close"] = () => "</table></div>\n";
  rules["th_open"] = (tokens, at) => `<th scope="col"${alignment(tokens[at])}>`;
  rules["td_open"] = (tokens, at) => `<td${alignment(tokens[at])}>`;
  const { fence, code_block: codeBlock } = rules;
  // Wide code scrolls, so the keyboard must be able to reach it (WCAG 2.1.1).
  if (fence) rules["fence"] = (...args) => focusable(fence(...args));
  if (codeBlock) rules["code_block"] = (...args) => focusable(codeBlock(...args));
  return parser;
}

const focusable = (html: string): string => html.replace("<pre", '<pre tabindex="0"');

/** Column alignment as an attribute: a style attribute would need a hole in the Content-Security-Policy. */
function alignment(token: Token | undefined): string {
  const align = /text-align:(left|center|right)/.exec(String(token?.attrGet("style") ?? ""))?.[1];
  return align === undefined ? "" : ` align="${align}"`;
}

/** Highlighted code, or "" (which leaves it to be escaped) for a language we do not know. */
function highlighted(code: string, language: string): string {
  const { highlighter } = libraries();
  // Highlighting takes longer than linear time on hostile input; nobody reads 50 kB of code in a lesson.
  if (!highlighter.getLanguage(language) || code.length > 50_000) return "";
  return highlighter.highlight(code, { language, ignoreIllegals: true }).value;
}
