// What the gateway itself answers: pages that say what is wrong and what there is instead.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface ErrorPage {
  status: 404 | 502 | 503 | 508;
  title: string;
  text: string;
  /** Addresses to offer. */
  links?: readonly string[];
  /** Comes with Retry-After, and a browser looks again by itself. */
  retrySeconds?: number;
}

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? "");

const style =
  "body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:12vh auto;padding:0 1.5rem;color:#1f2933;background:#fff}" +
  "h1{font-size:1.5rem}a{color:#0b5394}small{color:#52606d}" +
  "@media(prefers-color-scheme:dark){body{color:#e4e7eb;background:#1f2933}a{color:#8ecaff}small{color:#9aa5b1}}";

function html({ status, title, text, links = [], retrySeconds }: ErrorPage): string {
  const refresh = retrySeconds === undefined ? "" : `<meta http-equiv="refresh" content="${retrySeconds}">`;
  const list = links.map((url) => `<li><a href="${escaped(url)}">${escaped(url)}</a></li>`).join("");
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">${refresh}` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}</title>` +
    `<style>${style}</style></head><body><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p>` +
    `${list === "" ? "" : `<ul>${list}</ul>`}<p><small>${status}, from the sandbox's gateway</small></p></main></body></html>\n`
  );
}

const plain = ({ title, text, links = [] }: ErrorPage): string =>
  [`${title}: ${text}`, ...links.map((url) => `  ${url}`), ""].join("\n");

function rendered(
  request: IncomingMessage,
  page: ErrorPage,
): { headers: Record<string, string>; body: string } {
  const wantsHtml = request.headers.accept?.includes("text/html") === true;
  const body = wantsHtml ? html(page) : plain(page);
  return {
    body,
    headers: {
      "content-type": `text/${wantsHtml ? "html" : "plain"}; charset=utf-8`,
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      ...(page.retrySeconds !== undefined && { "retry-after": String(page.retrySeconds) }),
    },
  };
}

/** Answers a request with a page; a browser gets HTML, everything else text. */
export function answerPage(request: IncomingMessage, response: ServerResponse, page: ErrorPage): void {
  const { headers, body } = rendered(request, page);
  // What is left of the request's body is not read: the connection could not be used again.
  const unread = !request.complete && (request.headers["content-length"] ?? "0") !== "0";
  response.writeHead(page.status, { ...headers, ...(unread && { connection: "close" }) });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The same on a connection that asked for an upgrade. */
export function answerOnSocket(request: IncomingMessage, socket: Socket, page: ErrorPage): void {
  const { headers, body } = rendered(request, page);
  const head = Object.entries({ ...headers, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.end(`HTTP/1.1 ${page.status} ${page.title}\r\n${head.join("")}\r\n${body}`);
}
