// Every column that could hold words or bytes, and what becomes of it in an anonymous copy. A test compares this with the
// schema: whoever adds a column has to think of it here.

/**
 * - `kept`: written by the people who run the site, or made of keys, digests and settings;
 * - `replaced`: says who somebody is, or is what a learner wrote;
 * - `emptied`: its rows go.
 */
export type Fate = "kept" | "replaced" | "emptied";

export const COLUMNS: Readonly<Record<string, Readonly<Record<string, Fate>>>> = {
  // `name` is kept where a manifest declares it now: documents name people by it.
  account: {
    name: "replaced",
    email: "replaced",
    display_name: "replaced",
    password_hash: "replaced",
    password_fingerprint: "replaced",
  },
  // What was chosen is kept, what was typed is not; `results` are points by question.
  attempt: { answers: "replaced", results: "kept" },
  session: { token_hash: "emptied", csrf_token: "emptied" },
  sign_in_failure: { subject: "emptied" },
  binding: { name: "kept", manager: "kept", role: "kept", scope: "kept", scope_key: "kept" },
  binding_subject: { binding: "kept" },
  blob: { sha256: "kept", bytes: "kept" },
  category: { key: "kept", title: "kept", summary: "kept" },
  course: {
    key: "kept",
    manager: "kept",
    title: "kept",
    summary: "kept",
    description: "kept",
    description_html: "kept",
    category: "kept",
    language: "kept",
    cover_path: "kept",
    visibility: "kept",
    enrolment_mode: "kept",
    graded_attempt: "kept",
    completion: "kept",
  },
  course_file: { path: "kept", media_type: "kept", sha256: "kept" },
  // The digests of people and bindings: made of names and addresses.
  document: { kind: "kept", key: "kept", manager: "kept", applied: "replaced", expected: "replaced" },
  item: {
    key: "kept",
    title: "kept",
    kind: "kept",
    source: "kept",
    html: "kept",
    link_url: "kept",
    file_path: "kept",
  },
  maintenance: { restore_id: "kept" },
  module: { key: "kept", title: "kept", summary: "kept", summary_html: "kept" },
  quiz_revision: { digest: "kept", document: "kept", rendered: "kept", review: "kept" },
  restore_log: { id: "kept", report: "kept" },
  role: { name: "kept", title: "kept", permissions: "kept" },
  schema_migration: { name: "kept", sha256: "kept", sql: "kept" },
  site: { document: "kept", description_html: "kept", footer_html: "kept" },
  user_group: { name: "kept", title: "kept" },
};
