// Icons drawn for this site: 24 x 24, lines of the text's colour. Decoration only: what they mean is said in words.
import { html, type Html } from "../html.ts";

const PATHS = {
  arrow: "M5 12h14M13 6l6 6-6 6",
  back: "M19 12H5M11 6l-6 6 6 6",
  book: "M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5A2.5 2.5 0 0 0 6.5 21H20",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  cross: "M6 6l12 12M18 6L6 18",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  half: "M5 12h14",
  link: "M9 7H6a5 5 0 0 0 0 10h3M15 7h3a5 5 0 0 1 0 10h-3M8 12h8",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.5a3.5 3.5 0 0 1 0 6M18 14.5a6 6 0 0 1 3.5 5.5",
  quiz: "M9.2 9.2a2.8 2.8 0 1 1 4.3 2.4c-1 .6-1.5 1.2-1.5 2.4M12 17.5h.01M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  search: "M20 20l-4.2-4.2M17.5 10.8a6.7 6.7 0 1 1-13.5 0 6.7 6.7 0 0 1 13.5 0z",
  down: "M6 9l6 6 6-6",
} as const;

export type IconName = keyof typeof PATHS;

const drawn = new Map<IconName, Html>();

export function icon(name: IconName): Html {
  let drawing = drawn.get(name);
  if (!drawing) {
    drawing = html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d="${PATHS[name]}" />
    </svg>`;
    drawn.set(name, drawing);
  }
  return drawing;
}

/** The icon of an item's kind and what the kind is called. */
export const KINDS = {
  lesson: { icon: "book", name: "Lesson" },
  quiz: { icon: "quiz", name: "Quiz" },
  link: { icon: "link", name: "Link" },
  file: { icon: "download", name: "File" },
} as const satisfies Record<string, { icon: IconName; name: string }>;
