// Kubernetes quantities as numbers, to compare them.
const QUANTITY = /^([+-]?[0-9.]+)(?:([eE][-+]?[0-9]+)|([numkKMGTPE]i?))?$/;
const DECIMAL: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};
const BINARY = "KMGTPE";

/** The amount a quantity stands for. */
export function amountOf(quantity: string | number): number {
  const [, number = "", exponent = "", suffix = ""] = QUANTITY.exec(String(quantity)) ?? [];
  const factor = suffix.endsWith("i")
    ? 1024 ** (BINARY.indexOf(suffix.charAt(0)) + 1)
    : (DECIMAL[suffix] ?? 1);
  return Number(`${number}${exponent}`) * factor;
}
