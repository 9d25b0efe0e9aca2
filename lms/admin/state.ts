// Digests of what is really there: one statement per kind that reads the managed rows and the document table in one
// snapshot, so that an apply in between is never taken for drift. What a document may change, its state must cover.
import { digestOf, type Digests, type DocumentState } from "../../api/index.ts";
import type { Queryable } from "../db/index.ts";

export type DocumentKind = "site" | "directory" | "course" | "binding";

/** Digest of something that is not there. */
export const ABSENT = digestOf(null);

const hash = (text: string): string => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`;

// Names sort by byte ("C"), times count seconds: neither a database's locale nor a session's zone may move a digest.
const SITE = `
  SELECT '' AS key, json_build_array(
    (SELECT json_build_array(document, ${hash("description_html")}, ${hash("footer_html")}) FROM site),
    (SELECT json_agg(json_build_array(key, title, summary) ORDER BY position, key COLLATE "C") FROM category)
  )::text AS state WHERE coalesce($1, '') = ''`;

const DIRECTORY = `
  SELECT '' AS key, json_build_array(
    (SELECT json_agg(json_build_array(name, title, permissions) ORDER BY name COLLATE "C")
     FROM role WHERE NOT built_in),
    (SELECT json_agg(json_build_array(g.name, g.title, (
        SELECT json_agg(a.name ORDER BY a.name COLLATE "C")
        FROM group_member m JOIN account a ON a.id = m.account_id WHERE m.group_id = g.id)) ORDER BY g.name COLLATE "C")
     FROM user_group g WHERE g.managed),
    (SELECT json_agg(json_build_array(name, email, display_name, suspended, password_fingerprint) ORDER BY name COLLATE "C")
     FROM account WHERE managed AND archived_at IS NULL)
  )::text AS state WHERE coalesce($1, '') = ''`;

const COURSE = `
  SELECT c.key, json_build_array(
    c.manager, c.title, c.summary, ${hash("coalesce(c.description, '')")}, ${hash("c.description_html")}, c.category,
    c.language, c.cover_path, c.visibility, extract(epoch FROM c.opens_at), extract(epoch FROM c.closes_at),
    c.enrolment_mode, c.capacity, c.graded_attempt, c.pass_percent, c.completion, c.archived_at IS NULL,
    (SELECT json_agg(json_build_array(f.path, f.media_type, encode(f.sha256, 'hex')) ORDER BY f.path COLLATE "C")
     FROM course_file f WHERE f.course_id = c.id),
    (SELECT json_agg(json_build_array(m.key, m.title, m.summary, ${hash("m.summary_html")})
       ORDER BY m.position, m.key COLLATE "C")
     FROM module m WHERE m.course_id = c.id AND m.archived_at IS NULL),
    (SELECT json_agg(json_build_array(i.key, m.key, i.title, i.kind, i.optional, i.minutes,
         ${hash("coalesce(i.source, '')")}, ${hash("i.html")}, i.link_url, i.file_path, q.digest, ${hash("q.document::text")},
         ${hash("q.rendered::text")}) ORDER BY i.position, i.key COLLATE "C")
     FROM item i JOIN module m ON m.id = i.module_id LEFT JOIN quiz_revision q ON q.id = i.quiz_id
     WHERE i.course_id = c.id AND i.archived_at IS NULL)
  )::text AS state FROM course c WHERE $1::text IS NULL OR c.key = $1`;

const BINDING = `
  SELECT b.name AS key, json_build_array(
    b.manager, b.role, b.scope, b.scope_key, extract(epoch FROM b.not_before), extract(epoch FROM b.expires_at),
    (SELECT json_agg(json_build_array(a.name, g.name) ORDER BY a.name COLLATE "C", g.name COLLATE "C")
     FROM binding_subject s LEFT JOIN account a ON a.id = s.account_id LEFT JOIN user_group g ON g.id = s.group_id
     WHERE s.binding = b.name)
  )::text AS state FROM binding b WHERE $1::text IS NULL OR b.name = $1`;

const STATES: Readonly<Record<DocumentKind, string>> = {
  site: SITE,
  directory: DIRECTORY,
  course: COURSE,
  binding: BINDING,
};

const actual = (kind: DocumentKind): string =>
  `SELECT key, 'sha256:' || ${hash("state")} AS digest FROM (${STATES[kind]}) states`;

const withDocuments = (kind: DocumentKind): string => `
  SELECT d.key, d.applied, d.expected, coalesce(s.digest, '${ABSENT}') AS actual
  FROM document d LEFT JOIN (${actual(kind)}) s ON s.key = d.key
  WHERE d.kind = '${kind}' AND ($1::text IS NULL OR d.key = $1)
  ORDER BY d.key COLLATE "C"`;

/** The state of one document; undefined when none was applied. */
export async function documentState(
  on: Queryable,
  kind: DocumentKind,
  key: string,
): Promise<DocumentState | undefined> {
  const row = await on.first<DocumentState & { key: string }>(withDocuments(kind), [key]);
  return row && { applied: row.applied, expected: row.expected, actual: row.actual };
}

/** Digest of the managed rows of one object now. */
export async function actualDigest(on: Queryable, kind: DocumentKind, key: string): Promise<string> {
  return (await on.first<{ digest: string }>(actual(kind), [key]))?.digest ?? ABSENT;
}

/** The states of every document. */
export async function allDigests(on: Queryable): Promise<Digests> {
  const of = async (kind: DocumentKind): Promise<Record<string, DocumentState>> => {
    const rows = await on.query<DocumentState & { key: string }>(withDocuments(kind), [null]);
    return Object.fromEntries(rows.map(({ key, ...state }) => [key, state]));
  };
  // One after the other: this is asked in the background and must not take the pool from people.
  const site = (await of("site"))[""];
  const directory = (await of("directory"))[""];
  return {
    ...(site && { site }),
    ...(directory && { directory }),
    courses: await of("course"),
    bindings: await of("binding"),
  };
}
