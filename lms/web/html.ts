// The template tag of every page. Whatever is put into it is escaped; only `raw` is not.
import { html as tagged, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Html = HtmlEscapedString;

/** Anything a template takes: text and numbers are escaped, lists joined, null, undefined and booleans left out. */
export type Content = Html | string | number | boolean | null | undefined | readonly Content[];

const compact = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** A template without its indentation: a third of a page. No template has text whose line breaks matter. */
function withoutIndentation(strings: TemplateStringsArray): TemplateStringsArray {
  let found = compact.get(strings);
  if (!found) {
    found = Object.assign(
      strings.map((part) => part.replace(/\s*\n\s*/g, "\n")),
      { raw: strings.raw },
    );
    compact.set(strings, found);
  }
  return found;
}

/** hono's tag, which may return a promise only when it is given one; ours never is. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return tagged(withoutIndentation(strings), ...values) as Html;
}

/** HTML that was rendered and sanitised when its document was applied. Nothing else may come in here. */
export const rendered = (text: string): Html => raw(text) as Html;
