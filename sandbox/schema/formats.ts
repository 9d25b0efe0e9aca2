// String formats that CRD schemas may name, checked as kube-apiserver checks them. An unknown format checks nothing.
import { isIPv4, isIPv6 } from "node:net";

type Check = (text: string) => boolean;

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const dateTime = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:[.,]\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const versionedUuid = (version: number): RegExp =>
  new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[${version === 3 ? "0-9a-f" : "89ab"}][0-9a-f]{3}-?[0-9a-f]{12}$`,
    "i",
  );
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const email = /^(?:[^<>]*<)?(?:[^\s@<>"(),:;[\]\\]+|"(?:[^"\\]|\\.)+")@[^\s@<>"(),:;[\]\\]+>?$/;

/** Is `text` a CIDR block such as 10.0.0.0/8? */
export function isCidr(text: string): boolean {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  if (!match?.[1]) return false;
  const bits = Number(match[2]);
  return (isIPv4(match[1]) && bits <= 32) || (isIPv6(match[1]) && !match[1].includes("%") && bits <= 128);
}

/** Is `text` an absolute URI or an absolute path, as Go's url.ParseRequestURI has it? */
export function isRequestUri(text: string): boolean {
  if (text === "" || /[\x00-\x20\x7f]/.test(text)) return false;
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return false;
  if (text.startsWith("/")) return true;
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return false;
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1];
  if (authority === undefined) return true;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return /^(\[[0-9A-Fa-f:.%]+\]|[^[\]:<>"{}|\\^`]*)(:\d*)?$/.test(host);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match !== null && realDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

function realDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isDateTime(text: string): boolean {
  const match = dateTime.exec(text);
  return (
    match !== null &&
    realDay(Number(match[1]), Number(match[2]), Number(match[3])) &&
    Number(match[4]) < 24 &&
    Number(match[5]) < 60 &&
    Number(match[6]) < 61
  );
}

const UNIT_NANOS: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};
const UNIT_WORDS: Record<string, string> = {
  micro: "us",
  milli: "ms",
  sec: "s",
  second: "s",
  min: "m",
  minute: "m",
  hr: "h",
  hour: "h",
  day: "d",
  week: "w",
  wk: "w",
};

/**
 * Nanoseconds of a Go duration (`1h30m`), or of the looser `2 days`, `1w` that the "duration" format takes too;
 * undefined when it is neither.
 */
export function durationNanos(text: string): bigint | undefined {
  const go = /^([+-]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text);
  if (go) return sum(text, /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g);
  if (/^[+-]?0$/.test(text)) return 0n;
  let found = false;
  for (const match of text.toLowerCase().matchAll(/(\d+)\s*([a-zµμ]+)/g)) {
    if (unitOf(match[2] ?? "") !== undefined) found = true;
  }
  return found ? sum(text.toLowerCase(), /(\d+)\s*([a-zµμ]+)/g) : undefined;
}

function unitOf(word: string): bigint | undefined {
  return UNIT_NANOS[word] ?? UNIT_NANOS[UNIT_WORDS[word.replace(/s$/, "")] ?? ""];
}

function sum(text: string, parts: RegExp): bigint {
  let total = 0n;
  for (const match of text.matchAll(parts)) {
    const unit = unitOf(match[2] ?? "") ?? 0n;
    const [whole = "0", fraction = ""] = (match[1] ?? "0").split(".");
    total += BigInt(whole || "0") * unit;
    if (fraction) total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  }
  return text.startsWith("-") ? -total : total;
}

const CHECKS: Record<string, Check> = {
  byte: (text) => text !== "" && base64.test(text),
  "date-time": isDateTime,
  datetime: isDateTime,
  date: isDate,
  duration: (text) => durationNanos(text) !== undefined,
  email: (text) => email.test(text),
  hostname: (text) => text.length <= 255 && hostname.test(text),
  // Leading zeros pass: the format is older than Go's refusal of them.
  ipv4: (text) => isIPv4(text.replace(/(?<![0-9])0+(?=[0-9])/g, "")),
  ipv6: (text) => isIPv6(text) && !text.includes("%"),
  ip: (text) => isIPv4(text) || isIPv6(text),
  cidr: isCidr,
  mac: (text) =>
    /^([0-9a-f]{2}([:-][0-9a-f]{2}){5,19}|[0-9a-f]{4}(\.[0-9a-f]{4}){2,9}|[0-9a-f]{12})$/i.test(text),
  uri: isRequestUri,
  uuid: (text) => uuid.test(text),
  uuid3: (text) => versionedUuid(3).test(text),
  uuid4: (text) => versionedUuid(4).test(text),
  uuid5: (text) => versionedUuid(5).test(text),
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) => /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.test(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  "k8s-short-name": (text) => text.length <= 63 && label.test(text),
  "k8s-long-name": (text) => text.length <= 253 && subdomain.test(text),
};

/** The check behind a format's name, if there is one. */
export function formatCheck(format: string | undefined): Check | undefined {
  return format !== undefined && Object.hasOwn(CHECKS, format) ? CHECKS[format] : undefined;
}
