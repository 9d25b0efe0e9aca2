// The reference page of the LMS admin API: paths, documents, error codes.
import { bindingDocument, courseDocument, directoryDocument, PROBLEMS, siteDocument } from "../api/index.ts";
import type { ObjectSchema } from "../api/schema/structural.ts";
import { fieldTable } from "./reference-kind.ts";

const documents: readonly [string, ObjectSchema][] = [
  ["PUT /admin/v1/site", siteDocument],
  ["PUT /admin/v1/directory", directoryDocument],
  ["PUT /admin/v1/courses/:key", courseDocument],
  ["PUT /admin/v1/bindings/:name", bindingDocument],
];

/** The Markdown page for docs/reference. */
export function adminReference(): string {
  return [
    "<!-- Generated from api/ by `npm run generate`. -->",
    "# LMS admin API",
    "",
    "Whole documents in, difference out, one transaction. `?dryRun=true` answers the difference and changes nothing.",
    "`GET /admin/v1/status`, `GET /admin/v1/digests` and `GET /admin/v1/traffic` observe, `POST /admin/v1/probe` has a replica visit its own",
    "pages; `DELETE /admin/v1/courses/:key` and",
    "`DELETE /admin/v1/bindings/:name` take `?manager=`. The API listens on a port of its own that no Ingress routes to and",
    "asks for the tenant's bearer token. Errors are problem documents (RFC 9457).",
    "",
    ...documents.flatMap(([title, schema]) => [
      `## ${title}`,
      "",
      schema.description,
      "",
      ...fieldTable(schema, "document"),
      "",
    ]),
    "## Error codes",
    "",
    "| code | HTTP | meaning |",
    "|---|---|---|",
    ...Object.entries(PROBLEMS).map(
      ([code, problem]) => `| \`${code}\` | ${problem.status} | ${problem.title}. |`,
    ),
    "",
  ].join("\n");
}
