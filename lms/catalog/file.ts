// Files of a course.
import { ACCESS_COLUMNS, ACCESS_JOINS, type AccessRow } from "./access.ts";
import { pageQuery } from "./visitor.ts";

export interface FileRow extends AccessRow {
  readonly media_type: string;
  readonly sha256: Buffer;
  /** Null when the client has these bytes already. */
  readonly bytes: Buffer | null;
  /** The cover, or a picture of the course's description: shown to whoever may see the course page. */
  readonly on_course_page: boolean;
}

/** $4 course key, $5 path, $6 SHA-256 the client has, or null */
export const COURSE_FILE = pageQuery<FileRow>(`
  SELECT ${ACCESS_COLUMNS}, f.media_type, f.sha256,
    CASE WHEN f.sha256 = $6::bytea THEN NULL ELSE b.bytes END AS bytes,
    f.path = c.cover_path IS TRUE OR strpos(c.description_html, '/files/' || f.path || '"') > 0 AS on_course_page
  FROM course c ${ACCESS_JOINS} JOIN course_file f ON f.course_id = c.id AND f.path = $5
    JOIN blob b ON b.sha256 = f.sha256
  WHERE c.key = $4`);
