// Amounts of bytes for people. Pure.
const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Three digits and a decimal unit (SI), e.g. `12.5 MB`. */
export function sizeText(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  for (; amount >= 999.5 && unit < UNITS.length - 1; unit++) amount /= 1_000;
  return `${unit === 0 ? amount : Number(amount.toPrecision(3))} ${UNITS[unit] ?? ""}`;
}
