import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contrast, formatColor, mix, parseColor, type Palette, textOn, themeCss, themeOf } from "./colors.ts";
import { generatedCover } from "./cover.ts";

const color = fc.integer({ min: 0, max: 0xffffff }).map((n) => `#${n.toString(16).padStart(6, "0")}`);
const ratio = (a: string | undefined, b: string) => contrast(parseColor(a ?? "#000000"), parseColor(b));

describe("contrast", () => {
  test("is what WCAG says it is", () => {
    expect(contrast(parseColor("#ffffff"), parseColor("#000000"))).toBe(21);
    expect(contrast(parseColor("#777777"), parseColor("#ffffff"))).toBeCloseTo(4.48, 2);
  });
  test("colours read back as written", () => {
    fc.assert(
      fc.property(color, (value) => {
        expect(formatColor(parseColor(value))).toBe(value);
      }),
    );
    expect(mix([0, 0, 0], [255, 255, 255], 0.5)).toEqual([128, 128, 128]);
  });
});

describe("whatever colours a site declares", () => {
  const surfaces = { light: ["#f7f8fa", "#ffffff", "#eef0f4"], dark: ["#12151b", "#1a1e26", "#232833"] };

  test("text on the header and on buttons can be read", () => {
    fc.assert(
      fc.property(color, color, (primaryColor, accentColor) => {
        const theme = themeOf({ primaryColor, accentColor });
        for (const palette of [theme.light, theme.dark]) {
          expect(ratio(palette["--on-header"], palette["--header"] ?? "")).toBeGreaterThanOrEqual(4.5);
          expect(ratio(palette["--on-button"], palette["--button"] ?? "")).toBeGreaterThanOrEqual(4.5);
          expect(ratio(palette["--on-button"], palette["--button-hover"] ?? "")).toBeGreaterThanOrEqual(4.5);
        }
      }),
    );
  });

  test("links can be read on every surface, buttons and bars can be seen, in light and dark", () => {
    fc.assert(
      fc.property(color, color, (primaryColor, accentColor) => {
        const theme = themeOf({ primaryColor, accentColor });
        const check = (palette: Palette, on: readonly string[]) => {
          for (const surface of [...on, palette["--soft"] ?? ""])
            expect(ratio(palette["--link"], surface)).toBeGreaterThanOrEqual(4.5);
          for (const surface of on) {
            expect(ratio(palette["--accent"], surface)).toBeGreaterThanOrEqual(3);
            expect(ratio(palette["--button"], surface)).toBeGreaterThanOrEqual(3);
          }
        };
        check(theme.light, surfaces.light);
        check(theme.dark, surfaces.dark);
      }),
    );
  });

  test("body text can be read on tinted surfaces", () => {
    fc.assert(
      fc.property(color, (primaryColor) => {
        const theme = themeOf({ primaryColor });
        expect(ratio("#1b1f27", theme.light["--soft"] ?? "")).toBeGreaterThanOrEqual(4.5);
        expect(ratio("#e7e9ee", theme.dark["--soft"] ?? "")).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });

  test("a colour that is fine stays as it is", () => {
    expect(themeOf({ primaryColor: "#1f4f8f" }).light).toMatchObject({
      "--header": "#1f4f8f",
      "--link": "#1f4f8f",
    });
  });

  test("text is white where it can be", () => {
    expect(textOn(parseColor("#1f4f8f"))).toEqual([255, 255, 255]);
    expect(textOn(parseColor("#ffd400"))).toEqual([0, 0, 0]);
  });
});

test("the theme is a style sheet for both schemes", () => {
  expect(themeCss(themeOf())).toMatch(
    /^:root\{--header:#[0-9a-f]{6};.*\}@media \(prefers-color-scheme:dark\)\{:root\{.*\}\}$/,
  );
});

test("a course without a cover gets a drawing of its own, always the same", () => {
  expect(String(generatedCover("git"))).toBe(String(generatedCover("git")));
  expect(String(generatedCover("git"))).not.toBe(String(generatedCover("linux")));
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(String(generatedCover(key))).toMatch(/^<svg\s[^<>]*>(\s*<path [^<>]*\/>){2}\s*<\/svg>$/);
    }),
  );
});
