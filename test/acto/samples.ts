// Texts that fit a pattern or format, from the shortest to the longest.
import * as f from "../../api/schema/fields.ts";
import type { StringSchema } from "../../api/schema/structural.ts";
import { boundary, type Candidate, plain, refused, valid } from "./candidates.ts";

/** A text for every pattern of the schemas: valid ones, and the longest of a length. */
const PATTERNS: Readonly<Record<string, { valid: readonly string[]; longest: (length: number) => string }>> =
  {
    [f.KEY_PATTERN]: { valid: ["changed-key", "0"], longest: (length) => "k".repeat(length) },
    [f.USER_NAME_PATTERN]: { valid: ["changed.user_name-1", "z"], longest: (length) => "u".repeat(length) },
    "^[^@\\s]+@[^@\\s]+$": {
      valid: ["changed@example.org", "Ünï+tag@EXAMPLE.org"],
      longest: (length) => `${"e".repeat(length - 12)}@example.org`,
    },
    [f.COLOR_PATTERN]: { valid: ["#00FF7f", "#000000", "#ffffff"], longest: () => "#808080" },
    [f.WEB_URL_PATTERN]: {
      valid: ["http://changed.example.org:8080/a?b=c&d=%20#e"],
      longest: (length) => "https://example.org/".padEnd(length, "u"),
    },
    "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$": {
      // No language has the last tag, but the pattern takes it.
      valid: ["de", "zh-Hant-TW", "en-12"],
      longest: () => "de-abcdefgh-abcdefgh-abcdefgh-abcde",
    },
    "^[a-z]+/[a-z0-9.+-]+$": {
      valid: ["application/x-changed+json"],
      longest: (length) => "text/".padEnd(length, "m"),
    },
    "^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$": {
      valid: ["changed/a-b_c.d.bin", "x"],
      longest: (length) => "p".repeat(length),
    },
  };

const TEXT = 'Changed — Ünïcödé 🦉 & <b>"it\'s"</b> {{x}} $1';
/** JSON and the API server take it; PostgreSQL has no such character. */
const WITH_NUL = "before\u0000after";
const LONGER = 1;

/** Values for a text field that has another value now. */
export function texts(schema: StringSchema): Candidate[] {
  const { pattern, format, maxLength, minLength = 0 } = schema;
  if (format === "date-time") return times();
  if (format === "byte") return base64(maxLength);
  const tooLong = maxLength === undefined ? [] : [tooLongText(schema, maxLength)];
  if (pattern === undefined)
    return [
      valid(TEXT.slice(0, maxLength)),
      ...(maxLength === undefined ? [] : [boundary("x".repeat(maxLength), "longest")]),
      boundary(minLength === 0 ? "" : "x", "shortest"),
      plain(WITH_NUL),
      ...tooLong,
    ];
  const known = PATTERNS[pattern];
  if (!known) throw new Error(`no texts for the pattern ${pattern}: add some to samples.ts`);
  return [
    ...known.valid.map((text) => valid(text)),
    ...(maxLength === undefined ? [] : [boundary(known.longest(maxLength), "longest")]),
    refused(" \n", /should match|minLength|at least|must match/),
    ...tooLong,
  ];
}

function tooLongText({ pattern }: StringSchema, maxLength: number): Candidate {
  const text = PATTERNS[pattern ?? ""]?.longest(maxLength + LONGER) ?? "x".repeat(maxLength + LONGER);
  return refused(
    text.padEnd(maxLength + LONGER, "x"),
    /[Tt]oo long|may not be (more|longer)|should match/,
    "too long",
  );
}

function times(): Candidate[] {
  return [
    valid("2027-06-01T12:00:00+05:30"),
    boundary("2027-06-01T12:00:00.123456789Z"),
    refused("tomorrow", /date-time/),
    // RFC 3339 has leap seconds; JavaScript has not.
    plain("2026-12-31T23:59:60Z"),
  ];
}

function base64(maxLength = 0): Candidate[] {
  return [
    valid("AAEC/w=="),
    boundary("A".repeat(maxLength), "longest"),
    refused("", /byte/),
    refused("no base64!", /byte/),
  ];
}
