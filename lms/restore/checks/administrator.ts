// Somebody can run the site.
import type { Check } from "./check.ts";

/** Accounts that may sign in, and hold a permission on the whole site now. */
export const MAY_ADMINISTER = `
  SELECT a.id, a.name FROM account a
  WHERE NOT a.suspended AND a.archived_at IS NULL AND EXISTS (
    SELECT FROM effective_grant g
    WHERE g.account_id = a.id AND g.scope = 'site' AND 'site.administer' = ANY(g.permissions))`;

export const administrator: Check = {
  name: "Administrator",
  async run(db) {
    const names = await db.query<{ name: string }>(`SELECT name FROM (${MAY_ADMINISTER}) a ORDER BY name`);
    const [first] = names;
    if (first) return `${names.length} may administer the site, ${first.name} among them`;
    const held = await db.first<{ count: number }>(
      `SELECT count(*) AS count FROM binding b JOIN role r ON r.name = b.role
       WHERE b.scope = 'site' AND 'site.administer' = ANY(r.permissions)`,
    );
    if ((held?.count ?? 0) > 0)
      throw new Error("a binding makes somebody an administrator, and nobody who holds it may sign in");
    return "nobody administers this site in the browser; its manifests do";
  },
};
