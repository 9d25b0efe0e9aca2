// Whether a failed call is sent again, and after how long: a table.
import { describe, expect, test } from "vitest";
import { ApiError, NotLeaderError, TransportError } from "./errors.ts";
import { MAX_RETRIES, retryDelayMs } from "./retry.ts";

const refused = (status: number, retryAfterMs?: number): ApiError =>
  new ApiError({ status, reason: "X", message: "x", retryAfterMs });
const broken = (code?: string): TransportError =>
  new TransportError("x", { ...(code !== undefined && { cause: Object.assign(new Error("x"), { code }) }) });

describe("the first retry of", () => {
  test.each<[string, unknown, boolean, number | undefined]>([
    ["a call that was turned away (429)", refused(429), false, 50],
    ["a call that was told when to come back (429)", refused(429, 1_000), false, 1_050],
    ["a call that was told when to come back (503)", refused(503, 2_000), false, 2_050],
    ["a call that would wait longer than a worker may", refused(429, 5_000), true, undefined],
    ["a read that met a 503 without a promise that nothing was done", refused(503), true, undefined],
    ["a read that met a 500", refused(500), true, undefined],
    ["a read that met a 504", refused(504), true, undefined],
    ["a conflict", refused(409), true, undefined],
    ["a refusal", refused(403), true, undefined],
    ["an idempotent call whose connection broke", broken("ECONNRESET"), true, 50],
    ["an idempotent call without an answer", broken("UND_ERR_HEADERS_TIMEOUT"), true, 50],
    ["a create whose connection broke: it may have been done", broken("ECONNRESET"), false, undefined],
    ["a create that never reached the server", broken("ECONNREFUSED"), false, 50],
    ["a create whose host has no address", broken("ENOTFOUND"), false, 50],
    ["a create that could not connect", broken("UND_ERR_CONNECT_TIMEOUT"), false, 50],
    ["a create that broke for an unknown reason", broken(), false, undefined],
    ["a write of one who leads no more", new NotLeaderError("x"), true, undefined],
    ["a call that was aborted", new DOMException("x", "AbortError"), true, undefined],
  ])("%s", (_what, error, idempotent, waitMs) => {
    expect(retryDelayMs({ retries: 0, idempotent, error }, 0)).toBe(waitMs);
  });
});

test("waits double, with up to as much again by chance, and end after four", () => {
  const waits = (random: number) =>
    Array.from({ length: MAX_RETRIES + 1 }, (_, retries) =>
      retryDelayMs({ retries, idempotent: true, error: broken("ECONNRESET") }, random),
    );
  expect(waits(0)).toEqual([50, 100, 200, 400, undefined]);
  expect(waits(0.5)).toEqual([75, 150, 300, 600, undefined]);
});
