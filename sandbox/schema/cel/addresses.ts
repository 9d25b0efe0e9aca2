// IP addresses and CIDR blocks as values, for the CEL ip and cidr libraries.
import { isIPv4, isIPv6 } from "node:net";

/** An IP address. */
export class Ip {
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** The address that `text` spells; undefined when it spells none. Zones and IPv4-mapped IPv6 are refused. */
  static parse(text: string): Ip | undefined {
    if (isIPv4(text)) {
      return new Ip(
        4,
        text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n),
      );
    }
    if (!isIPv6(text) || text.includes("%") || text.includes(".")) return undefined;
    const [head = "", tail] = text.split("::");
    const left = head === "" ? [] : head.split(":");
    const right = tail === undefined || tail === "" ? [] : tail.split(":");
    const zeros = Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill("0");
    return new Ip(
      6,
      [...left, ...zeros, ...right].reduce((sum, part) => (sum << 16n) + BigInt(`0x${part}`), 0n),
    );
  }

  get width(): number {
    return this.family === 4 ? 32 : 128;
  }

  /** The canonical spelling (RFC 5952 for IPv6). */
  toString(): string {
    if (this.family === 4)
      return [24n, 16n, 8n, 0n].map((shift) => String((this.bits >> shift) & 255n)).join(".");
    const groups = Array.from({ length: 8 }, (_, i) =>
      ((this.bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
    );
    const runs = [
      ...groups
        .map((group) => (group === "0" ? "0" : "x"))
        .join("")
        .matchAll(/0{2,}/g),
    ];
    const longest = runs.reduce(
      (best, run) => (run[0].length > best.length ? { at: run.index, length: run[0].length } : best),
      { at: -1, length: 0 },
    );
    if (longest.at < 0) return groups.join(":");
    return `${groups.slice(0, longest.at).join(":")}::${groups.slice(longest.at + longest.length).join(":")}`;
  }

  isUnspecified(): boolean {
    return this.bits === 0n;
  }

  isLoopback(): boolean {
    return this.family === 4 ? this.bits >> 24n === 127n : this.bits === 1n;
  }

  isLinkLocalUnicast(): boolean {
    return this.family === 4 ? this.bits >> 16n === 0xa9fen : this.bits >> 118n === 0x3fan;
  }

  isLinkLocalMulticast(): boolean {
    return this.family === 4 ? this.bits >> 8n === 0xe00000n : (this.bits >> 112n) % 0x10000n === 0xff02n;
  }

  isMulticast(): boolean {
    return this.family === 4 ? this.bits >> 28n === 0xen : this.bits >> 120n === 0xffn;
  }

  isGlobalUnicast(): boolean {
    const broadcast = this.family === 4 && this.bits === 0xffffffffn;
    return !(
      broadcast ||
      this.isUnspecified() ||
      this.isLoopback() ||
      this.isMulticast() ||
      this.isLinkLocalUnicast()
    );
  }

  /** The address with only its first `length` bits kept. */
  masked(length: number): Ip {
    const dropped = BigInt(this.width - length);
    return new Ip(this.family, (this.bits >> dropped) << dropped);
  }

  equals(other: Ip): boolean {
    return this.family === other.family && this.bits === other.bits;
  }
}

/** A block of addresses such as 10.0.0.0/8. */
export class Cidr {
  readonly ip: Ip;
  readonly length: number;

  constructor(ip: Ip, length: number) {
    this.ip = ip;
    this.length = length;
  }

  /** The block that `text` spells; undefined when it spells none. */
  static parse(text: string): Cidr | undefined {
    const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
    const ip = Ip.parse(match?.[1] ?? "");
    const length = Number(match?.[2]);
    return ip && length <= ip.width ? new Cidr(ip, length) : undefined;
  }

  toString(): string {
    return `${this.ip.toString()}/${this.length}`;
  }

  masked(): Cidr {
    return new Cidr(this.ip.masked(this.length), this.length);
  }

  containsIp(ip: Ip): boolean {
    return ip.family === this.ip.family && ip.masked(this.length).equals(this.ip.masked(this.length));
  }

  containsCidr(other: Cidr): boolean {
    return other.length >= this.length && this.containsIp(other.ip);
  }

  equals(other: Cidr): boolean {
    return this.length === other.length && this.ip.equals(other.ip);
  }
}
