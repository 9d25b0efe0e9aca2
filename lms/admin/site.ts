// PUT /admin/v1/site: texts, branding and policy in one row, categories in their own.
import { createHash } from "node:crypto";
import type { Change, SiteDocument } from "../../api/index.ts";
import { aside } from "../content/aside.ts";
import type * as Content from "../content/index.ts";
import type { Transaction } from "../db/index.ts";
import type { Applied } from "./apply.ts";
import { fieldUpdates, same } from "./changes.ts";
import { AdminProblem } from "./problem.ts";

interface SiteRow {
  readonly document: SiteDocument;
  readonly description_html: string;
  readonly footer_html: string;
}

/** The HTML of the site's texts. */
export type SiteTexts = Pick<SiteRow, "description_html" | "footer_html">;

export async function renderSite(site: SiteDocument): Promise<SiteTexts> {
  const here = new URL("../content/index.ts", import.meta.url);
  const render = (markdown = "") => aside<typeof Content, "renderMarkdown">(here, "renderMarkdown", markdown);
  return { description_html: await render(site.description), footer_html: await render(site.footer?.text) };
}

/** Makes the site what the document says; every replica hears of it when the transaction commits. */
export async function applySite(tx: Transaction, site: SiteDocument, texts: SiteTexts): Promise<Applied> {
  const changes: Change[] = [];
  const before = await tx.first<SiteRow>(
    "SELECT document, description_html, footer_html FROM site FOR UPDATE",
  );
  const after: SiteRow = {
    document: site,
    ...texts,
  };
  if (!before) changes.push({ op: "create", path: "site" });
  else {
    changes.push(...fieldUpdates("site", leaves(before.document), leaves(site)));
    const html = ["description_html", "footer_html"] as const;
    // Only said when the text itself is the same: somebody changed the HTML, or it is rendered differently now.
    if (changes.length === 0 && html.some((field) => before[field] !== after[field]))
      changes.push({ op: "update", path: "site.html" });
  }
  if (!before || !same(before, after))
    await tx.execute(
      `INSERT INTO site (document, description_html, footer_html) VALUES ($1, $2, $3)
       ON CONFLICT (one) DO UPDATE SET document = excluded.document, description_html = excluded.description_html,
         footer_html = excluded.footer_html, updated_at = now()`,
      [JSON.stringify(site), after.description_html, after.footer_html],
    );
  changes.push(...(await applyCategories(tx, site.categories ?? [])));
  if (changes.length > 0) await tx.execute("SELECT pg_notify('site_changed', '')");
  return { changes };
}

/** The settings by path, `branding.primaryColor`; lists are one value. */
function leaves(site: SiteDocument): Record<string, unknown> {
  const { categories: _, ...rest } = site;
  const found: Record<string, unknown> = {};
  const walk = (value: unknown, path: string): void => {
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      for (const [key, child] of Object.entries(value)) walk(child, path ? `${path}.${key}` : key);
    // The picture itself is no reading matter.
    else if (path === "branding.logo.base64")
      found[path] = createHash("sha256").update(String(value)).digest("hex").slice(0, 12);
    else found[path] = value;
  };
  walk(rest, "");
  return found;
}

interface CategoryRow {
  readonly key: string;
  readonly title: string;
  readonly summary: string | null;
  readonly position: number;
}

async function applyCategories(
  tx: Transaction,
  declared: NonNullable<SiteDocument["categories"]>,
): Promise<Change[]> {
  const changes: Change[] = [];
  const existing = new Map(
    (await tx.query<CategoryRow>("SELECT key, title, summary, position FROM category")).map((row) => [
      row.key,
      row,
    ]),
  );
  for (const [position, { key, title, summary }] of declared.entries()) {
    const row = existing.get(key);
    const after = { title, summary: summary ?? null, position };
    existing.delete(key);
    if (!row) changes.push({ op: "create", path: `categories/${key}` });
    else {
      const { key: _, ...before } = row;
      const updates = fieldUpdates(`categories/${key}`, before, after);
      if (updates.length === 0) continue;
      changes.push(...updates);
    }
    await tx.execute(
      `INSERT INTO category (key, title, summary, position) VALUES ($1, $2, $3, $4)
       ON CONFLICT (key) DO UPDATE SET title = excluded.title, summary = excluded.summary, position = excluded.position`,
      [key, title, after.summary, position],
    );
  }
  for (const key of existing.keys()) {
    await refuseUsedCategory(tx, key);
    // An archived course gets its category anew from its document when it is declared again.
    await tx.execute("UPDATE course SET category = NULL WHERE category = $1 AND archived_at IS NOT NULL", [
      key,
    ]);
    await tx.execute("DELETE FROM category WHERE key = $1", [key]);
    changes.push({ op: "remove", path: `categories/${key}` });
  }
  return changes;
}

async function refuseUsedCategory(tx: Transaction, key: string): Promise<void> {
  const users = await tx.query<{ what: string; name: string }>(
    `SELECT 'course' AS what, key AS name FROM course WHERE category = $1 AND archived_at IS NULL
     UNION ALL SELECT 'binding', name FROM binding WHERE scope = 'category' AND scope_key = $1
     ORDER BY 1 DESC, 2 LIMIT 10`,
    [key],
  );
  if (users.length === 0) return;
  throw new AdminProblem("InUse", {
    detail: `category "${key}" is no longer declared but used by ${users.map(({ what, name }) => `${what} "${name}"`).join(", ")}`,
    remedy: "Give those another category first, or declare the category again.",
    pointer: "/categories",
  });
}
