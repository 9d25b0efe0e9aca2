// The floor: what this machine does with nothing in the way. A bare node:http server that runs one prepared query on
// the same kind of pool and answers with a page of the size asked for. Run as a process by lms.ts.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tokenHash } from "../../../lms/accounts/sessions.ts";
import { CATALOG, catalogParams } from "../../../lms/catalog/catalog.ts";
import { COURSE } from "../../../lms/catalog/course.ts";
import { DASHBOARD } from "../../../lms/catalog/dashboard.ts";
import { ITEM } from "../../../lms/catalog/item.ts";
import { createDatabase, databaseConfigFromEnv } from "../../../lms/db/index.ts";
import { site } from "./documents.ts";

const db = createDatabase(databaseConfigFromEnv(process.env));
await db.connect();

const SESSION = `SELECT a.name FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.token_hash = $1 AND s.expires_at > now()`;

/** The query of a page by the page's name; every other name is the least there can be: whose session is it. */
function queryOf(
  name: string,
  course: string,
  token: Buffer,
): readonly [text: string, params: readonly unknown[]] {
  const { sessionIdleMinutes, sessionMaxHours } = site.access;
  const who = [token, sessionIdleMinutes, sessionMaxHours];
  switch (name) {
    case "dashboard":
      return [DASHBOARD.text, who];
    case "catalog":
      return [CATALOG.text, [...who, ...catalogParams({})]];
    case "course":
      return [COURSE.text, [...who, course]];
    case "lesson":
      return [ITEM.text, [...who, course, "lesson-00"]];
    default:
      return [SESSION, [token]];
  }
}

/** `/NAME/BYTES/COURSE`: a page of so many bytes, once the query of that name has been answered. */
async function page(request: IncomingMessage): Promise<string> {
  const [, name = "", bytes = "", course = ""] = request.url?.split("/") ?? [];
  const token = /provost_session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
  const [text, params] = queryOf(name, course, tokenHash(token));
  const row = await db.first(text, params);
  const head = `<!doctype html><title>${row ? "floor" : "nothing"}</title><p>`;
  return head + "x".repeat(Math.max(0, Number(bytes) - head.length));
}

const server = createServer((request, response) => {
  page(request).then(
    (text) => {
      response.writeHead(200, {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "private, no-store",
      });
      response.end(text);
    },
    (error: unknown) => {
      console.error(error);
      response.writeHead(500).end();
    },
  );
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ msg: "open", port: (server.address() as AddressInfo).port })}\n`);
});
process.on("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void db.close();
});
