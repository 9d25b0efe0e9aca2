// The catalog: listed courses by category and by words.
import { LEARNING } from "./mine.ts";
import { pageQuery } from "./visitor.ts";

export interface CatalogCourse {
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly category: string | null;
  readonly cover: string | null;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly enrolment: "Open" | "Closed";
  readonly items: number;
  readonly minutes: number;
  readonly learning: boolean;
}

interface CatalogRow {
  readonly courses: readonly CatalogCourse[];
  readonly total: number;
  /** Listed courses by category key, whatever was searched for. */
  readonly counts: Readonly<Record<string, number>> | null;
}

export const CATALOG_PAGE_SIZE = 24;

/** $4 category or null, $5 patterns of words that must all occur, $6 how many courses to skip, $7 how many to show. */
export const CATALOG = pageQuery<CatalogRow>(`
  WITH chosen AS (
    SELECT c.*, count(*) OVER () AS total,
      row_number() OVER (ORDER BY cardinality($5::text[]) > 0 AND c.title NOT ILIKE ALL ($5), lower(c.title), c.key) AS place
    FROM course c LEFT JOIN category k ON k.key = c.category
    WHERE c.archived_at IS NULL AND c.visibility = 'Listed' AND ($4::text IS NULL OR c.category = $4)
      AND concat_ws(' ', c.title, c.summary, c.description, k.title) ILIKE ALL ($5)
  )
  SELECT
    (SELECT coalesce(json_agg(json_build_object('key', c.key, 'title', c.title, 'summary', c.summary,
        'category', c.category, 'cover', c.cover_path, 'opensAt', c.opens_at, 'closesAt', c.closes_at,
        'enrolment', c.enrolment_mode, 'items', size.items, 'minutes', size.minutes,
        'learning', c.id IN ${LEARNING}) ORDER BY c.place), '[]')
     FROM chosen c LEFT JOIN LATERAL (
       SELECT count(*) AS items, coalesce(sum(i.reading_minutes), 0) AS minutes
       FROM item i WHERE i.course_id = c.id AND i.archived_at IS NULL
     ) size ON true
     WHERE c.place > $6::int AND c.place <= $6::int + $7::int) AS courses,
    coalesce((SELECT max(total) FROM chosen), 0) AS total,
    (SELECT json_object_agg(category, n) FROM (
       SELECT category, count(*) AS n FROM course
       WHERE archived_at IS NULL AND visibility = 'Listed' AND category IS NOT NULL GROUP BY category
     ) counted) AS counts`);

export interface CatalogSearch {
  readonly category?: string | undefined;
  readonly words?: string | undefined;
  /** From 1 on. */
  readonly page?: number;
  readonly pageSize?: number;
}

/** Params of CATALOG. Words are looked for as typed, wherever they stand; at most eight of them. */
export function catalogParams({
  category,
  words = "",
  page = 1,
  pageSize = CATALOG_PAGE_SIZE,
}: CatalogSearch) {
  const patterns = words
    .split(/\s+/)
    .filter((word) => word !== "")
    .slice(0, 8)
    .map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  return [category ?? null, patterns, (page - 1) * pageSize, pageSize];
}
