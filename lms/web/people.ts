// What the page of people reads.
import { pageQuery } from "../catalog/visitor.ts";

export interface Person {
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly suspended: boolean;
  readonly archived: boolean;
  /** Roles held now; `where` is a course's or category's title, null for the whole site. */
  readonly roles: readonly { readonly title: string; readonly where: string | null }[];
  readonly groups: readonly string[];
}

interface PeopleRow {
  readonly people: readonly Person[];
  readonly total: number;
}

/** $4 how many to skip, $5 how many to show. Nothing for visitors who are not administrators. */
export const PEOPLE = pageQuery<PeopleRow>(`
  SELECT (SELECT count(*) FROM account) AS total,
    (SELECT coalesce(json_agg(json_build_object('name', a.name, 'displayName', a.display_name, 'email', a.email,
        'suspended', a.suspended, 'archived', a.archived_at IS NOT NULL,
        'roles', (SELECT coalesce(json_agg(json_build_object('title', held.title, 'where', held.place)
            ORDER BY held.place NULLS FIRST, held.title), '[]')
          FROM (SELECT DISTINCT r.title, coalesce(c.title, k.title, g.scope_key) AS place
            FROM effective_grant g JOIN role r ON r.name = g.role
              LEFT JOIN course c ON g.scope = 'course' AND c.key = g.scope_key
              LEFT JOIN category k ON g.scope = 'category' AND k.key = g.scope_key
            WHERE g.account_id = a.id) held),
        'groups', (SELECT coalesce(json_agg(u.title ORDER BY u.title), '[]')
          FROM group_member m JOIN user_group u ON u.id = m.group_id WHERE m.account_id = a.id))
        ORDER BY a.archived_at IS NOT NULL, lower(a.display_name), a.id), '[]')
     FROM (SELECT * FROM account ORDER BY archived_at IS NOT NULL, lower(display_name), id LIMIT $5 OFFSET $4) a) AS people
  FROM who WHERE who.is_administrator`);
