// CEL libraries of value types that Kubernetes adds: url, ip, cidr, quantity, semver.
import type { Library } from "./library.ts";
import { isRequestUri } from "../formats.ts";
import { Cidr, Ip } from "./addresses.ts";
import { fail } from "./failure.ts";
import { Quantity } from "./quantity.ts";
import { Semver } from "./semver.ts";

class UrlValue {
  readonly text: string;
  readonly #url: URL | undefined;

  constructor(text: string) {
    this.text = text;
    this.#url = URL.canParse(text) ? new URL(text) : undefined;
  }

  get scheme(): string {
    return this.#url?.protocol.slice(0, -1) ?? "";
  }

  /** Host and port as written: the URL class drops default ports, CEL does not. */
  get host(): string {
    const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(this.text)?.[1] ?? "";
    return authority.slice(authority.lastIndexOf("@") + 1);
  }

  get hostname(): string {
    return this.host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  }

  get port(): string {
    return /:(\d*)$/.exec(this.host)?.[1] ?? "";
  }

  get path(): string {
    if (!this.#url) return this.text.replace(/[?#].*$/s, "");
    return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*(\/[^?#]*)?/i.exec(this.text)?.[1] ?? "";
  }

  get query(): Map<string, string[]> {
    const query = new Map<string, string[]>();
    const parameters = new URLSearchParams(/\?([^#]*)/.exec(this.text)?.[1] ?? "");
    for (const [key, value] of parameters) query.set(key, [...(query.get(key) ?? []), value]);
    return query;
  }
}

/** Registers the value libraries. */
export function registerValueLibraries(env: Library): void {
  registerUrl(env);
  registerIp(env);
  registerCidr(env);
  registerQuantity(env);
  registerSemver(env);
}

function registerUrl(env: Library): void {
  env.registerType("kubernetes.URL", UrlValue);
  env.registerOperator("kubernetes.URL == kubernetes.URL", (a: UrlValue, b: UrlValue) => a.text === b.text);
  env.registerFunction("isURL(string): bool", (text: string) => isRequestUri(text));
  env.registerFunction("url(string): kubernetes.URL", (text: string) =>
    isRequestUri(text)
      ? new UrlValue(text)
      : fail(
          `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
        ),
  );
  env.registerFunction("kubernetes.URL.getScheme(): string", (url: UrlValue) => url.scheme);
  env.registerFunction("kubernetes.URL.getHost(): string", (url: UrlValue) => url.host);
  env.registerFunction("kubernetes.URL.getHostname(): string", (url: UrlValue) => url.hostname);
  env.registerFunction("kubernetes.URL.getPort(): string", (url: UrlValue) => url.port);
  env.registerFunction("kubernetes.URL.getEscapedPath(): string", (url: UrlValue) => url.path);
  env.registerFunction("kubernetes.URL.getQuery(): map<string, list<string>>", (url: UrlValue) => url.query);
}

class IpNamespace {}

const toIp = (text: string): Ip =>
  Ip.parse(text) ??
  fail(`IP Address ${JSON.stringify(text)} parse error during conversion from string: not an IP address`);

function registerIp(env: Library): void {
  env.registerType("net.IP", Ip);
  env.registerType("kubernetes.IPNamespace", IpNamespace);
  env.registerConstant("ip", "kubernetes.IPNamespace", new IpNamespace());
  env.registerOperator("net.IP == net.IP", (a: Ip, b: Ip) => a.equals(b));
  env.registerFunction("isIP(string): bool", (text: string) => Ip.parse(text) !== undefined);
  env.registerFunction("ip(string): net.IP", toIp);
  env.registerFunction("string(net.IP): string", (ip: Ip) => ip.toString());
  env.registerFunction(
    "kubernetes.IPNamespace.isCanonical(string): bool",
    (_: IpNamespace, text: string) => toIp(text).toString() === text,
  );
  env.registerFunction("net.IP.family(): int", (ip: Ip) => BigInt(ip.family));
  env.registerFunction("net.IP.isUnspecified(): bool", (ip: Ip) => ip.isUnspecified());
  env.registerFunction("net.IP.isLoopback(): bool", (ip: Ip) => ip.isLoopback());
  env.registerFunction("net.IP.isLinkLocalMulticast(): bool", (ip: Ip) => ip.isLinkLocalMulticast());
  env.registerFunction("net.IP.isLinkLocalUnicast(): bool", (ip: Ip) => ip.isLinkLocalUnicast());
  env.registerFunction("net.IP.isGlobalUnicast(): bool", (ip: Ip) => ip.isGlobalUnicast());
}

const toCidr = (text: string): Cidr =>
  Cidr.parse(text) ??
  fail(`network address parse error during conversion from string: not a CIDR: ${JSON.stringify(text)}`);

function registerCidr(env: Library): void {
  env.registerType("net.CIDR", Cidr);
  env.registerOperator("net.CIDR == net.CIDR", (a: Cidr, b: Cidr) => a.equals(b));
  env.registerFunction("isCIDR(string): bool", (text: string) => Cidr.parse(text) !== undefined);
  env.registerFunction("cidr(string): net.CIDR", toCidr);
  env.registerFunction("string(net.CIDR): string", (cidr: Cidr) => cidr.toString());
  env.registerFunction("net.CIDR.containsIP(string): bool", (cidr: Cidr, ip: string) =>
    cidr.containsIp(toIp(ip)),
  );
  env.registerFunction("net.CIDR.containsIP(net.IP): bool", (cidr: Cidr, ip: Ip) => cidr.containsIp(ip));
  env.registerFunction("net.CIDR.containsCIDR(string): bool", (cidr: Cidr, other: string) =>
    cidr.containsCidr(toCidr(other)),
  );
  env.registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", (cidr: Cidr, other: Cidr) =>
    cidr.containsCidr(other),
  );
  env.registerFunction("net.CIDR.ip(): net.IP", (cidr: Cidr) => cidr.ip);
  env.registerFunction("net.CIDR.masked(): net.CIDR", (cidr: Cidr) => cidr.masked());
  env.registerFunction("net.CIDR.prefixLength(): int", (cidr: Cidr) => BigInt(cidr.length));
}

const Q = "kubernetes.Quantity";

function registerQuantity(env: Library): void {
  env.registerType(Q, Quantity);
  env.registerOperator(`${Q} == ${Q}`, (a: Quantity, b: Quantity) => a.nanos === b.nanos);
  env.registerFunction("isQuantity(string): bool", (text: string) => Quantity.parse(text) !== undefined);
  env.registerFunction(
    `quantity(string): ${Q}`,
    (text: string) =>
      Quantity.parse(text) ??
      fail("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
  );
  const sign = (a: Quantity, b: Quantity): bigint => (a.nanos < b.nanos ? -1n : a.nanos > b.nanos ? 1n : 0n);
  env.registerFunction(`${Q}.isGreaterThan(${Q}): bool`, (a: Quantity, b: Quantity) => sign(a, b) > 0n);
  env.registerFunction(`${Q}.isLessThan(${Q}): bool`, (a: Quantity, b: Quantity) => sign(a, b) < 0n);
  env.registerFunction(`${Q}.compareTo(${Q}): int`, sign);
  env.registerFunction(`${Q}.isInteger(): bool`, (a: Quantity) => a.toInteger() !== undefined);
  env.registerFunction(
    `${Q}.asInteger(): int`,
    (a: Quantity) => a.toInteger() ?? fail("cannot convert value to integer"),
  );
  env.registerFunction(`${Q}.asApproximateFloat(): double`, (a: Quantity) => a.toNumber());
  const whole = (value: bigint): Quantity => new Quantity(value * 10n ** 9n);
  const plus = (a: Quantity, b: Quantity): Quantity => new Quantity(a.nanos + b.nanos);
  const minus = (a: Quantity, b: Quantity): Quantity => new Quantity(a.nanos - b.nanos);
  env.registerFunction(`${Q}.add(${Q}): ${Q}`, plus);
  env.registerFunction(`${Q}.add(int): ${Q}`, (a: Quantity, b: bigint) => plus(a, whole(b)));
  env.registerFunction(`${Q}.sub(${Q}): ${Q}`, minus);
  env.registerFunction(`${Q}.sub(int): ${Q}`, (a: Quantity, b: bigint) => minus(a, whole(b)));
}

function registerSemver(env: Library): void {
  const S = "kubernetes.Semver";
  const parse = (text: string): Semver =>
    Semver.parse(text) ?? fail(`invalid semantic version: ${JSON.stringify(text)}`);
  env.registerType(S, Semver);
  env.registerOperator(`${S} == ${S}`, (a: Semver, b: Semver) => a.compare(b) === 0);
  env.registerFunction("isSemver(string): bool", (text: string) => Semver.parse(text) !== undefined);
  env.registerFunction(`semver(string): ${S}`, parse);
  env.registerFunction(`${S}.major(): int`, (version: Semver) => BigInt(version.numbers[0] ?? 0));
  env.registerFunction(`${S}.minor(): int`, (version: Semver) => BigInt(version.numbers[1] ?? 0));
  env.registerFunction(`${S}.patch(): int`, (version: Semver) => BigInt(version.numbers[2] ?? 0));
  env.registerFunction(`${S}.isGreaterThan(${S}): bool`, (a: Semver, b: Semver) => a.compare(b) > 0);
  env.registerFunction(`${S}.isLessThan(${S}): bool`, (a: Semver, b: Semver) => a.compare(b) < 0);
  env.registerFunction(`${S}.compareTo(${S}): int`, (a: Semver, b: Semver) => BigInt(a.compare(b)));
}
