// A person with a browser and no script: cookies, redirects, forms. Knows HTTP and HTML, no course.
import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent, fetch, type Response } from "undici";

/** A page as it came, after redirects. */
export interface Page {
  readonly status: number;
  /** Path and query it came from. */
  readonly path: string;
  readonly html: string;
}

/** A form of a page: where it goes and what stands in its hidden fields. */
export interface Form {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Fields of a form; an array is a field sent several times. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

const MAX_REDIRECTS = 5;

export class Visitor {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;
  readonly #cookies = new Map<string, string>();

  /**
   * @param base address of the site without a trailing slash; may have a path (a service proxy)
   * @param options.headers sent with each request
   * @param options.ca certificate authority of an https base, PEM
   */
  constructor(base: string, options: { headers?: Record<string, string>; ca?: string } = {}) {
    this.#base = base.replace(/\/$/, "");
    this.#headers = options.headers ?? {};
    this.#agent = new Agent({
      connect: { ...(options.ca ? { ca: options.ca } : {}), lookup: asBrowsersDo },
      keepAliveTimeout: 1000,
    });
  }

  /** The cookies of this visitor as one header, to be tried elsewhere. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async get(path: string): Promise<Page> {
    return this.#page(path, await this.#fetch("GET", path), MAX_REDIRECTS);
  }

  /** Sends a form as a browser does. */
  async post(path: string, fields: Fields): Promise<Page> {
    return this.#page(path, await this.#fetch("POST", path, encoded(fields)), MAX_REDIRECTS);
  }

  /** Sends a form and follows nothing: the answer's status and where it points to. */
  async send(path: string, fields: Fields): Promise<{ status: number; location: string | null }> {
    const response = await this.#fetch("POST", path, encoded(fields));
    await response.body?.cancel();
    return { status: response.status, location: response.headers.get("location") };
  }

  /** Submits the form of a page whose action ends with `actionEnd`. */
  submit(page: Page, actionEnd: string, fields: Fields = {}): Promise<Page> {
    const form = formOf(page, actionEnd);
    return this.post(form.action, { ...form.fields, ...fields });
  }

  /** Signs in; throws with the page's words when it is refused. */
  async signIn(user: string, password: string): Promise<Page> {
    const page = await this.get("/sign-in");
    const after = await this.submit(page, "/sign-in", { nameOrEmail: user, password });
    if (after.status !== 200 || after.path.startsWith("/sign-in"))
      throw new Error(
        `sign-in of ${user} was refused: HTTP ${after.status} ${textOf(after.html).slice(0, 300)}`,
      );
    return after;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #fetch(method: "GET" | "POST", path: string, body?: string): Promise<Response> {
    const response = await fetch(this.#base + path, {
      method,
      redirect: "manual",
      dispatcher: this.#agent,
      headers: {
        ...this.#headers,
        ...(this.#cookies.size > 0 ? { cookie: this.cookie } : {}),
        ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    this.#keepCookies(response);
    return response;
  }

  async #page(path: string, response: Response, redirects: number): Promise<Page> {
    const location = response.headers.get("location");
    if (location === null || response.status < 300 || response.status >= 400)
      return { status: response.status, path, html: await response.text() };
    await response.body?.cancel();
    if (redirects === 0) throw new Error(`${path}: too many redirects, the last to ${location}`);
    return this.#page(location, await this.#fetch("GET", location), redirects - 1);
  }

  #keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";");
      const at = pair.indexOf("=");
      const ended = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute));
      if (ended) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

/** Browsers know by themselves that `*.localhost` is this machine (RFC 6761); a resolver need not. */
const asBrowsersDo: LookupFunction = (hostname, options, callback) =>
  lookup(hostname.endsWith(".localhost") ? "127.0.0.1" : hostname, options, callback);

function encoded(fields: Fields): string {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    for (const one of typeof value === "string" ? [value] : value) body.append(name, one);
  return body.toString();
}

/** The form whose action ends with `actionEnd`; throws with the page's path when there is none. */
export function formOf(page: Page, actionEnd: string): Form {
  for (const [, tag = "", inner = ""] of page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
    const action = attribute(tag, "action");
    if (action === undefined || !action.endsWith(actionEnd)) continue;
    const fields: Record<string, string> = {};
    for (const [input] of inner.matchAll(/<input\b[^>]*>/g)) {
      const name = attribute(input, "name");
      if (name !== undefined && attribute(input, "type") === "hidden")
        fields[name] = attribute(input, "value") ?? "";
    }
    return { action, fields };
  }
  throw new Error(
    `${page.path} (HTTP ${page.status}) has no form to ${actionEnd}: ${textOf(page.html).slice(0, 300)}`,
  );
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value
    ?.replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** The words of a page. */
export function textOf(html: string): string {
  return html
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, " ")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim();
}
