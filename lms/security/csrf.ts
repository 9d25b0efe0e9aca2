// Forged requests: where a POST comes from, and whether its form was ours (OWASP CSRF Prevention Cheat Sheet).
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Thrown for a POST that another site may have sent; `code` is what an error page can tell apart. */
export class ForgedRequest extends Error {
  readonly statusCode = 403;
  readonly code = "FORGED_REQUEST";
}

/**
 * Refuses a POST whose browser says that another site sent it. Clients without browsers send neither header; they
 * bring no cookie of somebody else either.
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, host: string): void {
  const { origin } = headers;
  if (origin !== undefined) {
    if (!URL.canParse(origin) || new URL(origin).host !== host.toLowerCase())
      throw new ForgedRequest("This form was sent from another site.");
    return;
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw new ForgedRequest("This form was sent from another site.");
}

/** Refuses a form that does not carry the session's token in its field `csrf`. */
export function requireCsrfToken(body: unknown, expected: string): void {
  const given =
    body !== null && typeof body === "object" && "csrf" in body && typeof body.csrf === "string"
      ? body.csrf
      : "";
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  if (a.length !== b.length || !timingSafeEqual(a, b))
    throw new ForgedRequest(
      "This form is from an earlier sign-in: go back, reload the page and send it again.",
    );
}
