// The site's settings in memory: every page needs them, they change once in a while, every replica hears of it by NOTIFY.
import type { SiteDocument } from "../../api/index.ts";
import { type Database, isUnavailable, type Queryable } from "../db/index.ts";

export interface SiteState {
  readonly document: SiteDocument;
  readonly descriptionHtml: string;
  readonly footerHtml: string;
  /** The logo decoded; `etag` names its content. */
  readonly logo?: {
    readonly bytes: Buffer;
    readonly mediaType: string;
    readonly alt: string;
    readonly etag: string;
  };
  /** Changes whenever anything above does: for ETags and anything derived from the settings. */
  readonly version: string;
}

export interface SiteCache {
  /** The settings now. Before the first site document: defaults with the title "Learning site". */
  current(): SiteState;
  /** Called after every change, with the new state. */
  onChange(changed: (state: SiteState) => void): void;
  /** Reads the settings anew; for tests and for the replica that changed them. */
  refresh(): Promise<void>;
}

/** What a site shows until its document arrives. */
export const DEFAULT_SITE: SiteState = {
  document: {
    title: "Learning site",
    language: "en",
    timeZone: "UTC",
    access: { catalog: "SignedIn", sessionIdleMinutes: 120, sessionMaxHours: 12 },
    housekeeping: { schedule: "15 3 * * *" },
  },
  descriptionHtml: "",
  footerHtml: "",
  version: "0",
};

interface SiteRow {
  readonly document: SiteDocument;
  readonly description_html: string;
  readonly footer_html: string;
  readonly version: string;
}

/**
 * Loads the settings and follows them until the database is closed. Call once migrations are done. While the site is
 * `beingRestored` nobody waits for its tables: when they cannot be read at once, it has the defaults until a `refresh`.
 */
export async function createSiteCache(
  db: Database,
  onError: (error: Error) => void,
  beingRestored = false,
): Promise<SiteCache> {
  let state = DEFAULT_SITE;
  const subscribers: ((state: SiteState) => void)[] = [];

  async function refresh(): Promise<void> {
    take(await readSite(db));
  }

  function take(row: SiteRow | undefined): void {
    const next = row ? stateOf(row) : DEFAULT_SITE;
    if (next.version === state.version) return;
    state = next;
    for (const changed of subscribers) changed(state);
  }

  if (beingRestored) take(await readAtOnce(db));
  else await refresh();
  db.listener.on("site_changed", () => void refresh().catch(onError));
  return {
    current: () => state,
    onChange: (changed) => void subscribers.push(changed),
    refresh,
  };
}

function readSite(on: Queryable): Promise<SiteRow | undefined> {
  return on.first<SiteRow>(
    `SELECT document, description_html, footer_html, xmin::text || '-' || extract(epoch FROM updated_at) AS version
     FROM site`,
  );
}

async function readAtOnce(db: Database): Promise<SiteRow | undefined> {
  try {
    return await db.transaction(async (tx) => {
      await tx.script("SET LOCAL lock_timeout = '200ms'");
      return readSite(tx);
    });
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

function stateOf(row: SiteRow): SiteState {
  const logo = row.document.branding?.logo;
  return {
    document: row.document,
    descriptionHtml: row.description_html,
    footerHtml: row.footer_html,
    ...(logo && {
      logo: {
        bytes: Buffer.from(logo.base64, "base64"),
        mediaType: logo.mediaType,
        alt: logo.alt,
        etag: `"logo-${row.version}"`,
      },
    }),
    version: row.version,
  };
}
