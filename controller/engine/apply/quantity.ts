// Kubernetes quantities: the API server rewrites `1000m` as `1` and `1024Mi` as `1Gi`; both are the same amount.

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Where quantities stand in the built-in kinds. Elsewhere `1` and `1000m` are just two different strings: also under a
 * key of a ConfigMap or an annotation that has such a name.
 */
const HOLDS_QUANTITY =
  /^(?!\.(?:data|metadata)\.).*\.(?:limits|requests|capacity|hard|min|max|default|defaultRequest|overhead)\.[^.]+$|^.*\.(?:sizeLimit|divisor)$/;

/** True when the path holds quantities and both values are the same amount. */
export function sameQuantity(path: string, a: unknown, b: unknown): boolean {
  if (!HOLDS_QUANTITY.test(path)) return false;
  const [left, right] = [amountOf(a), amountOf(b)];
  return Math.abs(left - right) <= 1e-12 * Math.max(Math.abs(left), Math.abs(right));
}

/** The amount a quantity stands for; NaN when it is none (Kubernetes API reference: `Quantity`). */
export function amountOf(value: unknown): number {
  const match = typeof value === "string" || typeof value === "number" ? QUANTITY.exec(String(value)) : null;
  if (!match) return NaN;
  const [, number = "", exponent = "", suffix = ""] = match;
  return Number(`${number}${exponent}`) * (SUFFIX[suffix] ?? 1);
}
