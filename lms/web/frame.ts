// What every page is shown in: site, visitor, where one is, dates. Types and small accessors; shell.ts draws it.
import type { Session } from "../accounts/sessions.ts";
import type { SiteState } from "../site/cache.ts";
import type { AssetUrls } from "./assets.ts";
import type { Message } from "./flash.ts";
import type { Dates } from "./format.ts";

export interface Frame {
  readonly site: SiteState;
  readonly assets: AssetUrls;
  readonly dates: Dates;
  /** Undefined for a stranger. */
  readonly session: Session | undefined;
  /** Path and query asked for, to come back to after signing in. */
  readonly url: string;
  /** What the action before this page has to say. */
  readonly message: Message | undefined;
}

/** A frame whose visitor is known to be signed in. */
export interface SignedInFrame extends Frame {
  readonly session: Session;
}
