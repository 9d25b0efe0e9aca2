// What is known of the fields of LmsTenant beyond their schema: what they name, and what cannot come true.
import {
  bad,
  boundary,
  type Hint,
  type Hints,
  PLAIN,
  READY,
  refusal,
  refused,
  same,
  valid,
  waiting,
  WITHOUT_EFFECT,
} from "./candidates.ts";
import { OTHER_IMAGE, OTHER_POSTGRES } from "./manifests.ts";

const subdomain = /lowercase RFC 1123 subdomain/;
const x = (length: number): string => "x".repeat(length);

/** The name of something else in the namespace that nobody checks. */
const anyName = (other: string): Hint => ({
  instead: [
    valid(other),
    boundary(x(253), "longest"),
    boundary("x", "shortest"),
    bad("Not A Name", "ChildRefused", subdomain),
    bad("nul\u0000nul", "ChildRefused", subdomain),
  ],
});

/** An image; what becomes of one that nobody can pull depends on whose it is. */
const image = (other: string, reason: string): Hint => ({
  instead: [
    valid(other),
    bad("registry.example.org/no-such:image", reason, /cannot be pulled.*no-such/),
    bad("not an image", reason, /name is not valid/),
    bad("nul\u0000nul", reason, /name is not valid/),
    bad(x(512), reason, /cannot be pulled/, "longest"),
    refused("", /at least 1 chars/),
  ],
});

const compute = (waits: string): Hints => ({
  "": {
    more: [
      bad({ requests: { cpu: "1000" } }, waits, /no node takes it.*cpu/),
      bad(
        { requests: { cpu: "2" }, limits: { cpu: "1" } },
        "ChildRefused",
        /less than or equal to cpu limit/,
      ),
      valid({ limits: { cpu: "2", memory: "1Gi" } }),
    ],
  },
  ".requests": {
    instead: [
      valid({ cpu: "200m" }),
      valid({ cpu: "100m", memory: "128Mi", "ephemeral-storage": "1Gi" }),
      boundary({}, "empty"),
      bad({ bogus: "1" }, "ChildRefused", /bogus.*standard resource/),
      refused(
        Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`example.org/r${n}`, "1"])),
        /at most 8|Too many/,
        "too many",
      ),
    ],
  },
  ".requests{}": amounts("100m", "less than or equal to cpu limit"),
  ".limits": {
    instead: [
      valid({ memory: "1Gi" }),
      boundary({}, "empty"),
      bad({ cpu: "50m" }, "ChildRefused", /less than or equal to cpu limit/),
    ],
  },
  ".limits{}": amounts("1"),
});

function amounts(now: string, above?: string): Hint {
  return {
    instead: [
      valid("250m"),
      valid(1),
      now === "1" ? same("1000m") : same("0.1"),
      boundary("0.50000000000000000000000000000", "longest"),
      ...(above === undefined
        ? [bad("0", "ChildRefused", /less than or equal/)]
        : [boundary("0"), bad("7", "ChildRefused", new RegExp(above))]),
      refused("plenty", /should match/),
      refused("-1", /should match/),
    ],
    // The key goes: without a limit anything may be requested, and without a request nothing is.
    expects: { "1": now === "1" ? WITHOUT_EFFECT : { type: "ready", effect: true } },
  };
}

const under = (path: string, hints: Hints): Hints =>
  Object.fromEntries(Object.entries(hints).map(([below, hint]) => [`${path}${below}`, hint]));

// An apply that takes the last field of an object away takes the object away.
const noDatabase = /exactly one of|cannot be switched|spec\.database: Required/;

const database: Hints = {
  "spec.database": {
    more: [
      refused(
        { external: { secretRef: { name: "other-pg" } } },
        /cannot be switched/,
        "switched to external",
      ),
      refused({}, noDatabase, "neither"),
    ],
  },
  "spec.database.standalone": { expects: { absent: refusal(noDatabase) } },
  "spec.database.external": { expects: { absent: refusal(noDatabase) } },
  "spec.database.standalone.image": image(OTHER_POSTGRES, "WaitingForDatabase"),
  "spec.database.standalone.storage.size": {
    instead: [
      // A volume that has grown stays so: its growth has a test of its own.
      same("2048Mi"),
      bad("1Gi", "ChildRefused", /spec\.database\.standalone\.storage.*can not be less/),
      bad("0", "ChildRefused", /greater than zero/),
      refused("large", /should match/),
    ],
  },
  "spec.database.standalone.storage.className": {
    instead: [
      bad("other", "ChildRefused", /immutable after creation/),
      bad("Not A Class", "ChildRefused", /immutable|subdomain/),
    ],
    // The sandbox keeps the class that a claim has; a real server refuses.
    expects: { absent: PLAIN },
  },
  ...under("spec.database.standalone.resources", compute("WaitingForDatabase")),
  "spec.database.external.secretRef": {
    instead: [valid({ name: "other-pg" })],
  },
  "spec.database.external.secretRef.name": {
    instead: [
      valid("other-pg"),
      bad("none-pg", "DatabaseSecretNotFound", /none-pg does not exist.*host/),
      bad("wrong-pg", "DatabaseSecretInvalid", /port "none".*sslmode "maybe"/),
      bad("empty-pg", "DatabaseSecretInvalid", /no database, username, password/),
      bad(x(253), "DatabaseSecretNotFound", /does not exist/, "longest"),
      bad("../configmaps/texts", "DatabaseSecretNotFound", /does not exist/),
    ],
  },
};

const site: Hints = {
  "spec.site.timeZone": {
    instead: [
      valid("Europe/Berlin"),
      valid("Etc/GMT+5"),
      bad("Mars/Olympus", "InvalidContent", /spec\.site\.timeZone.*"Mars\/Olympus" is not a time zone/),
      bad("X".repeat(64), "InvalidContent", /not a time zone/, "longest"),
      refused("1st zone", /should match/),
    ],
  },
  "spec.site.branding.logo": {
    more: [valid({ alt: "Another", configMapKeyRef: { name: "pictures", key: "other" } })],
  },
  "spec.site.branding.logo.svg": { expects: { absent: refusal(/exactly one of svg/) } },
  "spec.site.branding.logo.configMapKeyRef": {
    instead: [valid({ name: "more-pictures", key: "logo" })],
    expects: { absent: refusal(/exactly one of svg/) },
  },
  "spec.site.branding.logo.configMapKeyRef.name": {
    instead: [
      valid("more-pictures"),
      bad("no-pictures", "ConfigMapNotFound", /no-pictures does not exist/),
      bad(x(253), "ConfigMapNotFound", /does not exist/, "longest"),
    ],
  },
  "spec.site.branding.logo.configMapKeyRef.key": {
    instead: [
      valid("other"),
      bad("none", "ConfigMapKeyNotFound", /no key "none"/),
      bad("text", "LogoNotAPicture", /no SVG, PNG/),
      bad(x(253), "ConfigMapKeyNotFound", /no key/, "longest"),
    ],
  },
};

const inUse = (what: string): NonNullable<Hint["expects"]> => ({
  empty: waiting("InUse", new RegExp(what)),
  absent: waiting("InUse", new RegExp(what)),
});
const unknownMember = waiting("UserNotFound", /groups\[\d\].*names user/);

const directory: Hints = {
  "spec.categories": { expects: inUse('category "science".*course "basics"') },
  "spec.roles": { expects: inUse('role "mentor".*on-course') },
  "spec.roles[].name": { more: [refused("learner", /built in: choose another name/)] },
  "spec.roles[].permissions": {
    expects: { "one more": refusal(/[Uu]nsupported|supported values/) },
    more: [valid(["site.administer", "course.view", "course.learn", "grades.view"], "all")],
  },
  "spec.roles[].permissions[]": { expects: { '"grades.view"': refusal(/[Dd]uplicate/) } },
  "spec.groups": { expects: inUse('group "staff".*on-course') },
  "spec.groups[].members": { expects: { "one more": unknownMember } },
  "spec.groups[].members[]": {
    instead: [
      valid("max"),
      bad("nobody", "UserNotFound", /spec\.groups\[0\]\.members\[0\].*names user "nobody"/),
      bad(x(63), "UserNotFound", /names user/, "longest"),
    ],
  },
  "spec.users": {
    expects: {
      "one more": waiting("EmailTaken", /max@example\.org/),
      empty: unknownMember,
      absent: unknownMember,
    },
    more: [valid([{ name: "new", email: "new@example.org", displayName: "New" }], "another one only")].map(
      (candidate) => ({ ...candidate, expect: unknownMember }),
    ),
  },
  "spec.users[].email": {
    more: [bad("LEA@example.org", "EmailTaken", /spec\.users\[\d\]\.email.*also the address/)],
  },
  "spec.users[].passwordSecretRef": { instead: [valid({ name: "more-passwords", key: "ann" })] },
  "spec.users[].passwordSecretRef.name": {
    instead: [
      valid("more-passwords"),
      bad("no-passwords", "PasswordSecretNotFound", /spec\.users\[0\].*no-passwords does not exist/),
      bad(x(253), "PasswordSecretNotFound", /does not exist/, "longest"),
    ],
  },
  "spec.users[].passwordSecretRef.key": {
    instead: [
      valid("other"),
      bad("none", "PasswordSecretNotFound", /no key "none"/),
      bad("short", "PasswordNotAccepted", /has 5 characters; use 8/),
      bad(x(253), "PasswordSecretNotFound", /no key/, "longest"),
    ],
  },
};

export const TENANT_HINTS: Hints = {
  ...database,
  ...site,
  ...directory,
  "metadata.labels": { noEffect: "children have labels of their own" },
  "metadata.labels{}": {
    instead: [valid("chemistry"), boundary("x".repeat(63), "longest"), boundary("", "shortest")],
    more: [refused("not a label!", /valid label|Invalid value/)],
    noEffect: "children have labels of their own",
  },
  "metadata.annotations": { noEffect: "none of them means anything to the operator" },
  "metadata.annotations{}": {
    noEffect: "none of them means anything to the operator",
    expects: { "too long": WITHOUT_EFFECT },
  },
  "spec.hostname": {
    instead: [
      valid("moved.example.org"),
      boundary("h", "shortest"),
      boundary(`${`${"h".repeat(63)}.`.repeat(3)}${"h".repeat(61)}`, "longest"),
      bad("fjord.example.org", "HostnameTaken", /spec\.hostname.*default\/fjord/),
      refused("UPPER.example.org", /DNS name in lower case/),
      refused("nul\u0000nul", /DNS name in lower case/),
    ],
  },
  // Without its only field, `tls` is gone too.
  "spec.tls.secretRef": { instead: [valid({ name: "other-tls" })], expects: { absent: READY } },
  "spec.tls.secretRef.name": anyName("other-tls"),
  "spec.ingress.className": anyName("traefik"),
  "spec.ingress.annotations": {
    more: [bad({ "not a key!": "x" }, "ChildRefused", /spec \(hostname, tls, ingress\)/)],
  },
  "spec.deletionPolicy": {
    instead: [valid("Delete"), refused("Backup", /set backup, too/), refused("Drop", /supported values/)],
  },
  "spec.image": {
    ...image(OTHER_IMAGE, "RollingOut"),
    // The operator's own release is the one that the base state names.
    expects: { absent: WITHOUT_EFFECT },
  },
  ...under("spec.resources", compute("RollingOut")),
  "spec.housekeeping.schedule": {
    instead: [
      valid("*/5 0-6 1,15 JAN MON-FRI"),
      boundary("* * * * *", "shortest"),
      boundary(
        `${Array.from({ length: 27 }, (_, minute) => minute + 10).join(",")} 1,02,3,04 * * *`,
        "longest",
      ),
      // February has no 31st: it fits every pattern and never comes.
      valid("0 0 31 2 *"),
      refused("every day", /five-field cron/),
      refused("0 0 * * * *", /five-field cron/),
    ],
  },
  "spec.allowedNamespaces": {
    more: [valid({ from: "All" }), valid({ from: "Same" })],
    noEffect: "it is asked when something of another namespace attaches",
  },
  "spec.allowedNamespaces.from": {
    expects: {
      '"Same"': refusal(/matchLabels goes with/),
      '"All"': refusal(/matchLabels goes with/),
      absent: refusal(/matchLabels goes with/),
    },
  },
  "spec.allowedNamespaces.matchLabels": {
    // An apply that takes the last entry of a map away takes the map away.
    expects: { absent: refusal(/matchLabels goes with/), empty: refusal(/matchLabels goes with/) },
    noEffect: "it is asked when something of another namespace attaches",
  },
  "spec.allowedNamespaces.matchLabels{}": {
    expects: { absent: refusal(/matchLabels goes with/) },
    noEffect: "it is asked when something of another namespace attaches",
  },
};
