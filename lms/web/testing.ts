// The whole site and the admin API on one database of their own, and visitors with a cookie jar, for tests.
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import { createAccounts } from "../accounts/accounts.ts";
import { createSessions } from "../accounts/sessions.ts";
import { type AdminUnderTest, startAdmin } from "../admin/testing.ts";
import { createSiteServer } from "../site/server.ts";
import { registerSite } from "./index.ts";

export interface Website {
  readonly app: FastifyInstance;
  readonly admin: AdminUnderTest;
  /** A new visitor without a cookie. */
  visitor(): Visitor;
  /** Somebody of `aUser` signed in; throws when refused. */
  signedIn(name: string): Promise<Visitor>;
  close(): Promise<void>;
}

/** Fields of a form; an array is a field sent several times. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

export const HOST = "learn.example.org";

/** One browser: keeps cookies, follows nothing. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  readonly #app: FastifyInstance;
  constructor(app: FastifyInstance) {
    this.#app = app;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async ask(
    method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS",
    url: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<LightMyRequestResponse> {
    const response = await this.#app.inject({
      method,
      url,
      headers: { host: HOST, ...(this.cookies.size > 0 && { cookie: this.cookie }), ...headers },
      ...(body !== undefined && { payload: body }),
    });
    for (const { name, value, maxAge } of response.cookies)
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    return response;
  }

  get(url: string): Promise<LightMyRequestResponse> {
    return this.ask("GET", url);
  }

  /** Sends a form as the browser would from a page of the site, its token included. */
  async post(url: string, fields: Fields = {}): Promise<LightMyRequestResponse> {
    return this.send(url, { csrf: await this.csrf(), ...fields });
  }

  /** Sends exactly these fields. */
  send(url: string, fields: Fields, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(fields))
      for (const one of typeof value === "string" ? [value] : value) form.append(name, one);
    return this.ask("POST", url, {
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: form.toString(),
    });
  }

  /** The token of this visitor's forms; "" for a stranger. */
  async csrf(): Promise<string> {
    const { body } = await this.get("/account");
    return /name="csrf" value="([^"]+)"/.exec(body)?.[1] ?? "";
  }

  signIn(name: string, password = `${name}-password-1`): Promise<LightMyRequestResponse> {
    return this.send("/sign-in", { nameOrEmail: name, password });
  }
}

export async function startWebsite(): Promise<Website> {
  const admin = await startAdmin();
  const { db, site, maintenance, metrics } = admin;
  const sessions = createSessions(db, site);
  const context = {
    db,
    site,
    maintenance,
    sessions,
    accounts: createAccounts(db, sessions, metrics),
    metrics,
    log: pino({ level: "silent" }),
  };
  const app = createSiteServer(context);
  registerSite(app, context);
  await app.ready();
  return {
    app,
    admin,
    visitor: () => new Visitor(app),
    async signedIn(name) {
      const visitor = new Visitor(app);
      const answer = await visitor.signIn(name);
      if (answer.statusCode !== 303) throw new Error(`${name} cannot sign in: ${answer.statusCode}`);
      return visitor;
    },
    async close() {
      await app.close();
      await admin.close();
    },
  };
}
