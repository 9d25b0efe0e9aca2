// What every route does first and last: find out who asks and what there is, show a page in its frame.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Session } from "../accounts/sessions.ts";
import { forAccount, type PageQuery, type PageRow } from "../catalog/visitor.ts";
import type { LmsContext } from "../context.ts";
import type { Assets } from "./assets.ts";
import { takeMessage } from "./flash.ts";
import { datesOf } from "./format.ts";
import type { Frame, SignedInFrame } from "./frame.ts";
import { type Page, shell } from "./shell.ts";
import { SignInFirst, Troubled } from "./troubles.ts";

/** What routes work with. */
export interface Web {
  readonly context: LmsContext;
  readonly assets: Assets;
}

/** Routes whose page query finds the session by itself: saves the hook's query. */
export const OWN_SESSION = { config: { session: false } } as const;

/** Runs a page query and learns by it who asks; undefined when there is nothing to show. */
export async function visit<Row extends object>(
  { context }: Web,
  request: FastifyRequest,
  query: PageQuery<Row>,
  params: readonly unknown[] = [],
): Promise<Row | undefined> {
  const { db, sessions } = context;
  const token = request.sessionToken;
  const row = await db.first<PageRow<Row>>(query.text, [...sessions.params(token), ...params]);
  if (row?.who && token !== undefined) request.session = await sessions.seen(token, row.who);
  return row?.found === true ? row : undefined;
}

/** As `visit` for actions: the hook has loaded the session already. */
export async function visitAs<Row extends object>(
  { context }: Web,
  session: Session,
  query: PageQuery<Row>,
  params: readonly unknown[],
): Promise<Row> {
  const row = await forAccount(context.db, session.accountId, query, params);
  if (!row) throw new Troubled("NotFound");
  return row;
}

/** Sends strangers to the sign-in page, from where they come back to `next` (where they are, when left out). */
export function signedIn(request: FastifyRequest, next = request.url): Session {
  if (!request.session) throw new SignInFirst(next);
  return request.session;
}

/** Where the site's policy opens the catalog to people with an account only, strangers sign in first. */
export function mayBrowse({ context }: Web, request: FastifyRequest): void {
  if (context.site.current().document.access.catalog === "SignedIn") signedIn(request);
}

export function frame({ context, assets }: Web, request: FastifyRequest, reply: FastifyReply): Frame {
  const site = context.site.current();
  return {
    site,
    assets: assets.urls(),
    dates: datesOf(site.document),
    session: request.session,
    url: request.url,
    message: takeMessage(request.headers.cookie, reply),
  };
}

export function signedInFrame(web: Web, request: FastifyRequest, reply: FastifyReply): SignedInFrame {
  const session = signedIn(request);
  return { ...frame(web, request, reply), session };
}

/** Answers with a page. Pages are never stored by anybody: they are personal, or change with the site. */
export function show(reply: FastifyReply, within: Frame, page: Page): FastifyReply {
  return reply
    .header("cache-control", within.session ? "private, no-store" : "no-cache")
    .header("content-type", "text/html; charset=utf-8")
    .send(shell(within, page));
}

/** Answers a form: the browser reads the next page by GET. */
export const goTo = (reply: FastifyReply, path: string): FastifyReply => reply.redirect(path, 303);

/** A field of a form as text; "" when it is missing or something else. */
export function textOf(body: unknown, name: string): string {
  const value =
    body !== null && typeof body === "object" ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : "";
}

/** A page number of a query, from 1 on. */
export function pageNumber(value: unknown): number {
  const page = typeof value === "string" && /^[0-9]{1,6}$/.test(value) ? Number(value) : 1;
  return Math.max(1, page);
}
