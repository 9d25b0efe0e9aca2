// Carpentries Markdown (front matter, `:::` boxes, attributes of pictures) as plain CommonMark. Pure.
import { parse } from "yaml";

/** An episode of a Carpentries lesson. */
export interface Episode {
  readonly title: string;
  /** Teaching and exercises together. */
  readonly minutes: number;
  readonly markdown: string;
}

/** What to put in the place of a picture: the path of a course file, or undefined to tell what it shows in words. */
export type Picture = (path: string) => string | undefined;

/** A box and what is in it; text outside of boxes is lines. */
interface Box {
  readonly kind: string;
  readonly content: (string | Box)[];
}

/** Boxes that are closed at first. */
const FOLDED = new Set(["solution", "hint", "spoiler"]);
/** Boxes without a heading of their own. */
const TITLES: Readonly<Record<string, string>> = {
  objectives: "Objectives",
  questions: "Questions",
  keypoints: "Key points",
};

/** Reads an episode; throws when it has no front matter with a title. */
export function readEpisode(text: string, picture: Picture): Episode {
  const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text.replaceAll("\r\n", "\n")) ?? [];
  const facts = parse(head ?? "") as { title?: string; teaching?: number; exercises?: number } | null;
  if (!facts?.title || body === undefined) throw new Error("the episode has no front matter with a title");
  const plain = render(boxes(body.split("\n"))).join("\n");
  return {
    title: facts.title,
    minutes: Math.max(1, (facts.teaching ?? 0) + (facts.exercises ?? 0)),
    markdown: outsideCode(plain, (prose) => withPictures(prose, picture)).trim(),
  };
}

function boxes(lines: readonly string[]): Box["content"] {
  const open: Box[] = [{ kind: "", content: [] }];
  let fence: string | undefined;
  for (const line of lines) {
    const [, mark] = /^\s*(```|~~~)/.exec(line) ?? [];
    if (mark !== undefined) fence = fence === undefined ? mark : fence === mark ? undefined : fence;
    const [, colons, kind] =
      /^(:{3,})\s*(?:\{?\.?([a-z-]+)\b.*)?$/.exec(fence === undefined ? line : "") ?? [];
    if (colons === undefined) open.at(-1)?.content.push(line);
    else if (kind !== undefined) {
      const box: Box = { kind, content: [] };
      open.at(-1)?.content.push(box);
      open.push(box);
    } else if (open.length > 1) open.pop();
  }
  return open[0]?.content ?? [];
}

function render(content: Box["content"]): string[] {
  return content.flatMap((part) => (typeof part === "string" ? [part] : ["", ...renderBox(part), ""]));
}

function renderBox({ kind, content }: Box): string[] {
  const lines = render(content);
  const first = lines.findIndex((line) => line.trim() !== "");
  const heading = /^#{1,6} +(.*?) *#*$/.exec(lines[first] ?? "")?.[1];
  const inner = trimmed(heading === undefined ? lines : lines.slice(first + 1));
  const title = heading ?? TITLES[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1);
  if (FOLDED.has(kind))
    return ["<details>", `<summary>${escaped(title)}</summary>`, "", ...inner, "", "</details>"];
  return [`**${title}**`, "", ...inner].map((line) => (line === "" ? ">" : `> ${line}`));
}

/** Without the blank lines before and after. */
function trimmed(lines: readonly string[]): readonly string[] {
  const filled = (line: string): boolean => line.trim() !== "";
  return lines.slice(Math.max(0, lines.findIndex(filled)), lines.findLastIndex(filled) + 1);
}

/** `![caption](fig/x.png){alt='…' width="40%"}` with the text alternative where CommonMark has it. */
function withPictures(prose: string, picture: Picture): string {
  return prose
    .replace(
      /!\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)(\{[^}]*\})?/g,
      (_all, caption: string, path: string, attributes = "") => {
        const alt = /alt='((?:[^'\\]|\\.)*)'|alt="([^"]*)"/.exec(attributes as string);
        const words = (alt?.[1] ?? alt?.[2] ?? caption)
          .replace(/\\(.)/g, "$1")
          .replace(/[[\]\s]+/g, " ")
          .trim();
        const file = picture(path);
        return file === undefined ? `(Picture: ${words})` : `![${words}](${file})`;
      },
    )
    .replace(/(?<!!)\[((?:[^\]\\]|\\.)*)\]\((?!https?:|mailto:|#)[^)]*\)/g, "$1");
}

function outsideCode(text: string, change: (prose: string) => string): string {
  const code = /^((?:> ?)*\s*)(```|~~~)[\s\S]*?^(?:> ?)*\s*\2.*$/gm;
  let [out, at] = ["", 0];
  for (const found of text.matchAll(code)) {
    out += change(text.slice(at, found.index)) + found[0];
    at = found.index + found[0].length;
  }
  return out + change(text.slice(at));
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
