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
    // With groups unfolded, and whoever may sign in or not.
    const barred = await db.first<{ name: string }>(
      `SELECT a.name FROM effective_grant g JOIN account a ON a.id = g.account_id
       WHERE g.scope = 'site' AND 'site.administer' = ANY(g.permissions) ORDER BY 1 LIMIT 1`,
    );
    if (barred)
      throw new Error(
        `${barred.name} may not sign in (suspended or archived), nor anybody else who administers the site`,
      );
    return "nobody administers this site in the browser; its manifests do";
  },
};
