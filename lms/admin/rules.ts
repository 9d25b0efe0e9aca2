// What the schemas leave to CEL, said once more for the runtime: exactly one of several, order of times, real time zones.
import type {
  BindingDocument,
  CourseDocument,
  DirectoryDocument,
  Finding,
  SiteDocument,
} from "../../api/index.ts";
import { BUILT_IN_ROLES, courseFindings } from "../../api/index.ts";

/** A finding unless exactly one of the fields is there. */
function exactlyOne(value: object, fields: readonly string[], pointer: string): Finding[] {
  const present = fields.filter((field) => (value as Record<string, unknown>)[field] !== undefined);
  if (present.length === 1) return [];
  const found = present.length === 0 ? "none is set" : `${present.join(" and ")} are set`;
  return [{ pointer, message: `exactly one of ${fields.join(", ")} must be set, ${found}` }];
}

/** Texts that are none, wherever in a document: PostgreSQL stores neither U+0000 nor half of a surrogate pair. */
export function textFindings(value: unknown, pointer = ""): Finding[] {
  if (typeof value === "string")
    return value.includes("\0") || !value.isWellFormed()
      ? [
          {
            pointer,
            message: "has a character that is not text (U+0000 or half of a surrogate pair): remove it",
          },
        ]
      : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textFindings(inner, `${pointer}/${key}`));
}

export function siteFindings(site: SiteDocument): Finding[] {
  try {
    new Intl.DateTimeFormat("en", { timeZone: site.timeZone });
    return [];
  } catch {
    return [
      {
        pointer: "/timeZone",
        message: `"${site.timeZone}" is not a time zone: use an IANA name such as Europe/Berlin or UTC`,
      },
    ];
  }
}

export function directoryFindings(directory: DirectoryDocument): Finding[] {
  return directory.roles.flatMap((role, i) =>
    role.name in BUILT_IN_ROLES
      ? [{ pointer: `/roles/${i}/name`, message: `"${role.name}" is built in: choose another name` }]
      : [],
  );
}

const ITEM_KINDS = ["lesson", "quiz", "link", "file"];
const QUESTION_KINDS = ["singleChoice", "multipleChoice", "trueFalse", "shortAnswer", "numeric"];

export function courseDocumentFindings(course: CourseDocument): Finding[] {
  const { opensAt, closesAt } = course.schedule ?? {};
  const wrongOrder =
    opensAt !== undefined && closesAt !== undefined && Date.parse(opensAt) >= Date.parse(closesAt)
      ? [
          {
            pointer: "/schedule/closesAt",
            message: `closesAt (${closesAt}) must be after opensAt (${opensAt})`,
          },
        ]
      : [];
  const kinds = course.modules.flatMap((module, m) =>
    module.items.flatMap((item, i) => {
      const at = `/modules/${m}/items/${i}`;
      return [
        ...exactlyOne(item, ITEM_KINDS, at),
        ...(item.quiz?.questions ?? []).flatMap((question, q) =>
          exactlyOne(question, QUESTION_KINDS, `${at}/quiz/questions/${q}`),
        ),
      ];
    }),
  );
  return [...wrongOrder, ...kinds, ...courseFindings(course)];
}

export function bindingFindings(binding: BindingDocument): Finding[] {
  const { notBefore, expiresAt, scope } = binding;
  const wrongOrder =
    notBefore !== undefined && expiresAt !== undefined && Date.parse(notBefore) >= Date.parse(expiresAt)
      ? [
          {
            pointer: "/expiresAt",
            message: `expiresAt (${expiresAt}) must be after notBefore (${notBefore})`,
          },
        ]
      : [];
  const site = scope.site === true ? { site: true } : {};
  return [
    ...wrongOrder,
    ...exactlyOne({ ...scope, site: undefined, ...site }, ["site", "category", "course"], "/scope"),
    ...binding.subjects.flatMap((subject, i) =>
      exactlyOne(subject, ["user", "email", "group"], `/subjects/${i}`),
    ),
  ];
}
