// Colours of the site from the two it declares, made readable: WCAG 2.2 contrast in light and dark. Pure.

export type Rgb = readonly [red: number, green: number, blue: number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

/** WCAG 2.2 success criteria 1.4.3 (text) and 1.4.11 (parts of the interface). */
export const TEXT_CONTRAST = 4.5;
export const GRAPHIC_CONTRAST = 3;

/** `#rrggbb` as numbers. */
export function parseColor(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export const formatColor = (color: Rgb): string =>
  `#${color.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

/** Relative luminance, 0 to 1 (WCAG 2.2). */
export function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const s = part / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio, 1 to 21 (WCAG 2.2). */
export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Between two colours: `share` of the second, 0 to 1, rounded to what a style sheet can say. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((part, i) => Math.round(part + ((b[i] ?? 0) - part) * share)) as unknown as Rgb;
}

/** White on the colour where it can be read, black otherwise. */
export function textOn(background: Rgb): Rgb {
  return contrast(WHITE, background) >= TEXT_CONTRAST ? WHITE : BLACK;
}

/** The colour, moved towards black or white no further than it must to reach a contrast on every background given. */
export function readableOn(color: Rgb, backgrounds: readonly Rgb[], ratio: number, towards: Rgb): Rgb {
  for (let share = 0; share < 1; share += 0.02) {
    const candidate = mix(color, towards, share);
    if (backgrounds.every((background) => contrast(candidate, background) >= ratio)) return candidate;
  }
  return towards;
}

/** Colours of one scheme, by custom property. */
export type Palette = Readonly<Record<string, string>>;

export const DEFAULT_PRIMARY = "#1f4f8f";

/** Surfaces text may stand on: the page, cards, and tables' and code's shade. Kept in step with styles/base.css. */
const LIGHT = { page: parseColor("#f7f8fa"), card: WHITE, shade: parseColor("#eef0f4") };
const DARK = { page: parseColor("#12151b"), card: parseColor("#1a1e26"), shade: parseColor("#232833") };

export interface Theme {
  readonly light: Palette;
  readonly dark: Palette;
  /** For browsers' own chrome (`theme-color`). */
  readonly header: string;
}

/**
 * The theme of a site. The header and buttons keep the primary colour itself (buttons in the dark are lifted until one
 * sees them); links and marks are moved towards black or white until they can be read on every surface.
 */
export function themeOf(
  branding: { readonly primaryColor?: string; readonly accentColor?: string } = {},
): Theme {
  const primary = parseColor(branding.primaryColor ?? DEFAULT_PRIMARY);
  const accent = parseColor(branding.accentColor ?? branding.primaryColor ?? DEFAULT_PRIMARY);
  return {
    header: formatColor(primary),
    light: palette(primary, accent, LIGHT, BLACK, 0.08, TEXT_CONTRAST),
    // Light text on dark looks dull at the bare minimum.
    dark: palette(primary, accent, DARK, WHITE, 0.2, 6.5),
  };
}

function palette(
  primary: Rgb,
  accent: Rgb,
  surfaces: { readonly page: Rgb; readonly card: Rgb; readonly shade: Rgb },
  towards: Rgb,
  tint: number,
  linkContrast: number,
): Palette {
  const plain = Object.values(surfaces);
  const soft = mix(surfaces.card, primary, tint);
  const button = readableOn(primary, plain, GRAPHIC_CONTRAST, towards);
  const link = readableOn(primary, [...plain, soft], linkContrast, towards);
  const buttonText = textOn(button);
  return {
    "--header": formatColor(primary),
    "--on-header": formatColor(textOn(primary)),
    "--button": formatColor(button),
    "--button-hover": formatColor(hovered(button, buttonText)),
    "--on-button": formatColor(buttonText),
    "--link": formatColor(link),
    "--soft": formatColor(soft),
    "--accent": formatColor(readableOn(accent, plain, GRAPHIC_CONTRAST, towards)),
  };
}

/** A step away from the text on it, so that contrast only grows. */
const hovered = (button: Rgb, text: Rgb): Rgb => mix(button, text === WHITE ? BLACK : WHITE, 0.14);

/** The theme as a style sheet. */
export function themeCss({ light, dark }: Theme): string {
  const block = (colors: Palette): string =>
    `:root{${Object.entries(colors)
      .map(([name, value]) => `${name}:${value}`)
      .join(";")}}`;
  return `${block(light)}@media (prefers-color-scheme:dark){${block(dark)}}`;
}
