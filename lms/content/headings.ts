// Headings of a text inside a page: their levels under the page's own h1, and ids to link to.
import type { Token } from "markdown-it";

/** Every id that comes from a text starts so: it can clash with no id of the page and name no global of a script. */
export const ID_PREFIX = "s-";

/**
 * Moves the headings of a token stream so that the topmost level becomes `top` and no level is skipped on the way
 * down (WCAG technique G141), and gives each an id made of its text.
 */
export function placeHeadings(tokens: readonly Token[], top: number): void {
  const openings = tokens
    .map((token, at) => ({ token, at }))
    .filter(({ token }) => token.type === "heading_open");
  const topmost = Math.min(...openings.map(({ token }) => levelOf(token)));
  const used = new Set<string>();
  let previous = top - 1;
  for (const { token, at } of openings) {
    const level = Math.min(levelOf(token) - topmost + top, previous + 1, 6);
    previous = level;
    token.tag = `h${level}`;
    const closing = tokens.slice(at).find((other) => other.type === "heading_close");
    if (closing) closing.tag = token.tag;
    token.attrSet("id", uniqueId(plainText(tokens[at + 1]), used));
  }
}

const levelOf = (token: Token): number => Number(token.tag.slice(1));

function plainText(inline: Token | undefined): string {
  return (inline?.children ?? [])
    .filter((token) => token.type === "text" || token.type === "code_inline")
    .map((token) => token.content)
    .join("");
}

function uniqueId(text: string, used: Set<string>): string {
  const slug =
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60) || "section";
  let id = slug;
  for (let n = 2; used.has(id); n++) id = `${slug}-${n}`;
  used.add(id);
  return ID_PREFIX + id;
}
