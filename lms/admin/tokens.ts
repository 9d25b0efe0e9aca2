// The bearer tokens of the admin API: files the platform mounts, two of them valid during a rotation.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import path from "node:path";
import { ADMIN_TOKEN_HEADER } from "../../api/index.ts";
import { AdminProblem } from "./problem.ts";

/** Refuses a request without a valid token. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<void>;

const FILES = ["token", "token-previous"] as const;

/**
 * Checks tokens against the files in a folder. They are read with every request: small, and a rotation must hold at
 * once. An absent or empty file allows nothing.
 */
export function tokenCheck(folder: string): Authenticate {
  return async (headers) => {
    const given = bearer(headers[ADMIN_TOKEN_HEADER]) ?? bearer(headers.authorization);
    const valid = await Promise.all(
      FILES.map((file) => readFile(path.join(folder, file), "utf8").catch(() => "")),
    );
    // Hashes have one length, so the comparison tells neither content nor length of a token.
    const matches = valid.filter((token) => token.trim() !== "" && sameSecret(token.trim(), given ?? ""));
    if (given !== undefined && matches.length > 0) return;
    throw new AdminProblem("Unauthorized", {
      detail: given === undefined ? "the request carries no bearer token" : "the bearer token is not valid",
      remedy: `Send "Authorization: Bearer <token>" or, through a proxy that consumes it, "Provost-Authorization: Bearer <token>".`,
    });
  };
}

function bearer(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? /^Bearer +(\S+) *$/i.exec(header)?.[1] : undefined;
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
