// The style sheet (with the site's theme in it), the script and the favicon: fingerprinted, compressed once, kept.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { SiteCache, SiteState } from "../site/cache.ts";
import { parseColor, formatColor, textOn, themeCss, themeOf } from "./brand/colors.ts";

/** In the order of the cascade. */
const STYLES = [
  "base.css",
  "shell.css",
  "parts.css",
  "prose.css",
  "pages.css",
  "course.css",
  "quiz.css",
  "tables.css",
  "print.css",
];

export interface Asset {
  readonly mediaType: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
  readonly etag: string;
}

export interface AssetUrls {
  readonly css: string;
  readonly js: string;
  readonly themeColor: string;
}

export interface Assets {
  /** Addresses for the pages shown now. */
  urls(): AssetUrls;
  /** What stands at a path under /assets/, and whether this very content is what the name promises. */
  find(name: string): { readonly asset: Asset; readonly exact: boolean } | undefined;
  favicon(): Asset;
}

/** Reads and compresses everything now, and the style sheet anew when the site's colours change. */
export function createAssets(site: SiteCache): Assets {
  const folder = import.meta.dirname;
  const styles = STYLES.map((name) => readFileSync(path.join(folder, "styles", name), "utf8")).join("\n");
  const script = asset(
    "text/javascript; charset=utf-8",
    readFileSync(path.join(folder, "script.js"), "utf8"),
  );
  let state = themed(site.current());
  site.onChange((next) => {
    state = themed(next);
  });

  function themed(current: SiteState) {
    const { branding, title } = current.document;
    const theme = themeOf(branding);
    const css = asset("text/css; charset=utf-8", minified(themeCss(theme) + styles));
    return {
      css,
      favicon: asset("image/svg+xml", faviconSvg(title, theme.header)),
      themeColor: theme.header,
    };
  }

  const names = () => ({
    css: `site.${state.css.etag.slice(1, 13)}.css`,
    js: `site.${script.etag.slice(1, 13)}.js`,
  });
  return {
    urls: () => {
      const { css, js } = names();
      return { css: `/assets/${css}`, js: `/assets/${js}`, themeColor: state.themeColor };
    },
    find(name) {
      const { css, js } = names();
      // Another replica may know other colours for a moment: its pages get ours rather than none.
      if (name.endsWith(".css")) return { asset: state.css, exact: name === css };
      if (name.endsWith(".js")) return { asset: script, exact: name === js };
      return undefined;
    },
    favicon: () => state.favicon,
  };
}

function asset(mediaType: string, text: string): Asset {
  const plain = Buffer.from(text);
  return {
    mediaType,
    plain,
    gzip: gzipSync(plain, { level: 9 }),
    brotli: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    etag: `"${createHash("sha256").update(plain).digest("base64url").replace(/[-_]/g, "x").slice(0, 24)}"`,
  };
}

/** Comments and white space that say nothing; the rest is left as written. */
function minified(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/;}/g, "}")
    .trim();
}

/** The first letter of the site's name on its colour. */
function faviconSvg(title: string, color: string): string {
  const letter = [...title.trim()][0]?.toUpperCase() ?? "L";
  const text = formatColor(textOn(parseColor(color)));
  const escaped = letter.replace(/[<>&"']/g, "L");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="${color}"/><text x="32" y="33" fill="${text}" font-family="system-ui,sans-serif" font-size="38" font-weight="700" text-anchor="middle" dominant-baseline="central">${escaped}</text></svg>`;
}
