// What the patterns of our schemas ask for, in words. A test sees to it that none is forgotten.
import { AGE_RECIPIENT_PATTERN } from "../../api/schema/backup.ts";
import { VERSION_PATTERN } from "../../api/schema/update.ts";
import {
  COLOR_PATTERN,
  CRON_PATTERN,
  HOSTNAME_PATTERN,
  KEY_PATTERN,
  QUANTITY_PATTERN,
  USER_NAME_PATTERN,
  WEB_URL_PATTERN,
} from "../../api/schema/fields.ts";

const WORDS = new Map<string, string>([
  [KEY_PATTERN, "a key: use lower-case letters, digits and inner hyphens, such as first-steps"],
  [
    USER_NAME_PATTERN,
    "a sign-in name: use lower-case letters and digits, inside also - . _, such as ada.byron",
  ],
  [HOSTNAME_PATTERN, "a DNS name: use lower-case letters, digits, dots and inner hyphens"],
  [QUANTITY_PATTERN, "a Kubernetes quantity: write a number with a unit, such as 10Gi, 512Mi or 250m"],
  [COLOR_PATTERN, 'a colour: write # and six hexadecimal digits in quotes, such as "#1f6feb"'],
  [WEB_URL_PATTERN, "a web address: begin it with https:// or http:// and leave no white space in it"],
  [VERSION_PATTERN, "a version: write three numbers with dots, such as 1.4.2"],
  [CRON_PATTERN, "a schedule: write minute hour day month weekday, such as '17 3 * * *'"],
  ["^[^@\\s]+@[^@\\s]+$", "an e-mail address: write it as name@example.org"],
  ["^[a-z]+/[a-z0-9.+-]+$", "a media type: write it as image/svg+xml, in lower case"],
  ["^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "a language: write a BCP 47 tag such as en, de or pt-BR"],
  ["^[A-Za-z][A-Za-z0-9_+/-]*$", "a time zone: write an IANA name such as Europe/Berlin, or UTC"],
  ["^[1-9][0-9]{0,5}(ms|s|m|h)$", "a duration: write a whole number with a unit, such as 30s or 5m"],
  [
    "^[a-z0-9][-.a-z0-9]*[a-z0-9]$",
    "a bucket: use lower-case letters, digits, inner hyphens and dots, such as site-backups",
  ],
  [
    "^[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*/[a-z0-9][a-z0-9.-]*$",
    "the folder of a backup: write namespace/tenant/id, as provost backup list shows it",
  ],
  [
    "^[a-z]([-a-z0-9]*[a-z0-9])?$",
    "a name: use lower-case letters, digits and inner hyphens, and begin with a letter",
  ],
  [
    "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$",
    "a folder in a bucket: use letters, digits and . _ -, with slashes between names and none at the ends",
  ],
  [
    "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
    "the address of a store: write https://, a host and perhaps a port, such as https://s3.example.org",
  ],
  ["^[a-z0-9-]+$", "a region: use lower-case letters, digits and hyphens, such as eu-central-1"],
  [AGE_RECIPIENT_PATTERN, "an age public key: give one that begins with age1, as age-keygen prints it"],
  [
    "^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$",
    "a file path: write it relative, without spaces and without .., such as images/map.svg",
  ],
]);

/** What a pattern asks for and how to give it, to be put behind `is not`; undefined for patterns of others. */
export function patternWords(pattern: string): string | undefined {
  return WORDS.get(pattern);
}
