// A picture for a course that has none: a pattern that belongs to its key, in the site's colours. Pure.
import { createHash } from "node:crypto";
import { html, type Html } from "../html.ts";

/** Colours that go with any brand colour lying over them at part opacity; the style sheet names the base. */
const HUES = 6;

/**
 * An SVG drawing (320 x 160) of eight by four tiles: quarter circles, triangles and squares. The same key always gives
 * the same drawing. Colours come from the classes c0 to c5 of the style sheet.
 */
export function generatedCover(key: string): Html {
  let drawing = drawn.get(key);
  if (!drawing) {
    // A catalog shows dozens at once, and they never change.
    if (drawn.size >= MOST_KEPT) drawn.clear();
    drawing = draw(key);
    drawn.set(key, drawing);
  }
  return drawing;
}

const MOST_KEPT = 500;
const drawn = new Map<string, Html>();

function draw(key: string): Html {
  const bytes = createHash("sha256").update(key).digest();
  const at = (i: number): number => bytes[i % bytes.length] ?? 0;
  const shapes: string[] = [];
  for (let y = 0; y < 2; y++)
    for (let x = 0; x < 4; x++) {
      const n = y * 4 + x;
      shapes.push(shape(at(n), x * 80, y * 80, at(n + 8), at(n + 16)));
    }
  return html`<svg
    class="art c${at(31) % HUES}"
    viewBox="0 0 320 160"
    preserveAspectRatio="xMidYMid slice"
    aria-hidden="true"
    focusable="false"
  >
    <path class="p1" d="${shapes.filter((_, i) => i % 2 === 0).join("")}" />
    <path class="p2" d="${shapes.filter((_, i) => i % 2 === 1).join("")}" />
  </svg>`;
}

/** One of twelve shapes in the 80 x 80 tile at x, y, as path data. */
function shape(kind: number, x: number, y: number, turn: number, size: number): string {
  const [l, t, r, b] = [x, y, x + 80, y + 80];
  const corner = turn % 4;
  switch (kind % 4) {
    case 0: {
      // A quarter circle around one corner.
      const arcs = [
        `M${l} ${t}H${r}A80 80 0 0 1 ${l} ${b}Z`,
        `M${r} ${t}V${b}A80 80 0 0 1 ${l} ${t}Z`,
        `M${r} ${b}H${l}A80 80 0 0 1 ${r} ${t}Z`,
        `M${l} ${b}V${t}A80 80 0 0 1 ${r} ${b}Z`,
      ];
      return arcs[corner] ?? "";
    }
    case 1: {
      const triangles = [
        `M${l} ${t}H${r}L${l} ${b}Z`,
        `M${r} ${t}V${b}L${l} ${t}Z`,
        `M${r} ${b}H${l}L${r} ${t}Z`,
        `M${l} ${b}V${t}L${r} ${b}Z`,
      ];
      return triangles[corner] ?? "";
    }
    case 2: {
      const radius = 16 + (size % 3) * 10;
      return `M${x + 40 - radius} ${y + 40}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
    }
    default:
      return turn % 2 === 0 ? `M${l} ${t}H${r}V${y + 40}H${l}Z` : `M${l} ${t}H${x + 40}V${b}H${l}Z`;
  }
}
