// Columns for people. Pure.

/** Rows under their headings, each column as wide as its widest cell; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) =>
        /^\d[\d,]*(\.\d+)?( [kMGT]?B)?$/.test(cell)
          ? cell.padStart(widths[at] ?? 0)
          : cell.padEnd(widths[at] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [headings, ...rows].map((row) => `${line(row)}\n`).join("");
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Three digits and a decimal unit, e.g. `12.5 MB`. */
export function sizeText(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  for (; amount >= 999.5 && unit < UNITS.length - 1; unit++) amount /= 1_000;
  return `${unit === 0 ? amount : Number(amount.toPrecision(3))} ${UNITS[unit] ?? ""}`;
}

/** `5m`, `7h`, `12d`: as kubectl shows ages. */
export function ageText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 120) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1_440)}d`;
}
