// Kubernetes quantities ("500m", "1Gi") as exact decimal numbers, for the CEL quantity library.

const SUFFIX: Record<string, [bigint, bigint]> = {
  n: [1n, 10n ** 9n],
  u: [1n, 10n ** 6n],
  m: [1n, 1000n],
  "": [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [2n ** 30n, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
  Ei: [2n ** 60n, 1n],
};

const SCALE = 10n ** 9n;

/** A quantity in units of 10^-9, the finest that Kubernetes knows; finer parts are rounded up. */
export class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** The quantity that `text` spells; undefined when it spells none. */
  static parse(text: string): Quantity | undefined {
    const match = /^([+-]?)(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3})?$/.exec(text);
    if (!match) return undefined;
    const [whole = "", fraction = ""] = (match[2] ?? "").split(".");
    const suffix = match[3] ?? "";
    const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
    const [multiply, divide] = exponent ? power(Number(exponent[1])) : (SUFFIX[suffix] ?? [1n, 1n]);
    const numerator = BigInt(whole + fraction || "0") * multiply * SCALE;
    const denominator = divide * 10n ** BigInt(fraction.length);
    const nanos = (numerator + denominator - 1n) / denominator;
    return new Quantity(match[1] === "-" ? -nanos : nanos);
  }

  /** Its value when it is a whole number within int64; undefined otherwise. */
  toInteger(): bigint | undefined {
    if (this.nanos % SCALE !== 0n) return undefined;
    const value = this.nanos / SCALE;
    return BigInt.asIntN(64, value) === value ? value : undefined;
  }

  toNumber(): number {
    return Number(this.nanos) / Number(SCALE);
  }
}

const power = (exponent: number): [bigint, bigint] =>
  exponent >= 0 ? [10n ** BigInt(exponent), 1n] : [1n, 10n ** BigInt(-exponent)];
