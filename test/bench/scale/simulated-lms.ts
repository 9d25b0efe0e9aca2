// As many learning sites as one likes, as far as the admin API shows: each keeps the digests of the documents it was
// given. What a real LMS costs is bench:lms; here it is what the operator asks of it.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  digestOf,
  type Digests,
  type DirectoryDocument,
  type DocumentState,
  withoutPasswords,
} from "../../../api/index.ts";

interface Site {
  site?: DocumentState;
  directory?: DocumentState;
  readonly courses: Record<string, DocumentState>;
  readonly bindings: Record<string, DocumentState>;
}

export interface SimulatedLmses {
  readonly address: string;
  /** Admin calls so far. */
  readonly calls: () => number;
  /** Documents that all sites hold together. */
  readonly documents: () => number;
  close(): Promise<void>;
}

/** Starts them; a site exists from its first call on. */
export async function simulatedLmses(): Promise<SimulatedLmses> {
  const sites = new Map<string, Site>();
  let calls = 0;
  const siteOf = (name: string): Site => {
    let site = sites.get(name);
    if (!site) sites.set(name, (site = { courses: {}, bindings: {} }));
    return site;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    calls++;
    const [, namespace = "", tenant = "", , , collection = "", name = ""] = (request.url ?? "").split(/[/?]/);
    const site = siteOf(`${namespace}/${tenant}`);
    const reply = (body: unknown): void =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (collection === "digests") {
      reply(site satisfies Digests);
      return;
    }
    if (collection === "status") {
      reply({
        version: "0.0.0",
        schemaVersion: 1,
        counts: { users: 0, courses: 0, enrolments: 0, attempts: 0 },
      });
      return;
    }
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const document: unknown = JSON.parse(text);
    const digest = digestOf(
      collection === "directory" ? withoutPasswords(document as DirectoryDocument) : document,
    );
    const state: DocumentState = { applied: digest, expected: digest, actual: digest };
    if (collection === "site" || collection === "directory") site[collection] = state;
    else if (collection === "courses" || collection === "bindings") site[collection][name] = state;
    reply({ changed: true, dryRun: false, changes: [], state });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    documents: () =>
      [...sites.values()].reduce(
        (sum, site) =>
          sum +
          (site.site ? 1 : 0) +
          (site.directory ? 1 : 0) +
          Object.keys(site.courses).length +
          Object.keys(site.bindings).length,
        0,
      ),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
