// Semantic versions (semver.org 2.0) as values, for the CEL semver library.

/** A semantic version; build metadata does not count. */
export class Semver {
  readonly numbers: readonly number[];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly number[], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  /** The version that `text` spells, without a leading "v"; undefined when it spells none. */
  static parse(text: string): Semver | undefined {
    const match =
      /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.exec(
        text,
      );
    if (!match) return undefined;
    return new Semver([Number(match[1]), Number(match[2]), Number(match[3])], match[4]?.split(".") ?? []);
  }

  /** -1, 0 or 1, by precedence. */
  compare(other: Semver): number {
    for (let i = 0; i < 3; i++) {
      const difference = (this.numbers[i] ?? 0) - (other.numbers[i] ?? 0);
      if (difference !== 0) return Math.sign(difference);
    }
    if (this.prerelease.length === 0 || other.prerelease.length === 0)
      return Math.sign(other.prerelease.length - this.prerelease.length);
    for (let i = 0; i < Math.max(this.prerelease.length, other.prerelease.length); i++) {
      const order = compareIdentifiers(this.prerelease[i], other.prerelease[i]);
      if (order !== 0) return order;
    }
    return 0;
  }
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const [aNumeric, bNumeric] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aNumeric && bNumeric) return Math.sign(Number(a) - Number(b));
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return a < b ? -1 : 1;
}
