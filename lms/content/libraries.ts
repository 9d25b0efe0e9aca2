// The Markdown libraries, loaded when the first text is rendered: in the process aside (aside.ts), never in the one that
// serves pages.
import { createRequire } from "node:module";
import type MarkdownItClass from "markdown-it";
import type { HLJSApi } from "highlight.js";
import type sanitize from "sanitize-html";

interface Libraries {
  readonly MarkdownIt: typeof MarkdownItClass;
  readonly sanitize: typeof sanitize;
  readonly highlighter: HLJSApi;
}

const require = createRequire(import.meta.url);
let loaded: Libraries | undefined;

export function libraries(): Libraries {
  return (loaded ??= {
    MarkdownIt: require("markdown-it") as Libraries["MarkdownIt"],
    sanitize: require("sanitize-html") as Libraries["sanitize"],
    highlighter: require("highlight.js/lib/common") as Libraries["highlighter"],
  });
}
