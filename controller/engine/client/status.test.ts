// What an HTTP answer of the API server becomes.
import { describe, expect, test } from "vitest";
import { ApiError } from "./errors.ts";
import { errorOf, errorOfStatus, parseStatus } from "./status.ts";
import { rawResponse } from "./transport.ts";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  rawResponse(status, headers, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
const refusal = { kind: "Status", code: 409, reason: "AlreadyExists", message: 'widgets "a" already exists' };

test("a Status gives reason, message and details", () => {
  const details = { name: "a", causes: [{ reason: "FieldValueInvalid", field: "spec.x", message: "bad" }] };
  expect(errorOf("POST", "/apis/x?fieldManager=me", answer(409, { ...refusal, details }))).toMatchObject({
    status: 409,
    reason: "AlreadyExists",
    message: 'POST /apis/x: 409 widgets "a" already exists',
    details,
    retryAfterMs: undefined,
  });
});

describe("an answer that is no Status", () => {
  test.each([
    [403, "Forbidden"],
    [404, "NotFound"],
    [410, "Expired"],
    [429, "TooManyRequests"],
    [418, "Unknown"],
    [502, "Unknown"],
  ])("of status %i is %s", (code, reason) => {
    expect(errorOf("GET", "/x", answer(code, "<html>proxy</html>"))).toMatchObject({ reason, status: code });
  });

  test("is quoted, but not at length", () => {
    const { message } = errorOf("GET", "/x", answer(502, "bad gateway ".repeat(1_000)));
    expect(message).toMatch(/^GET \/x: 502 bad gateway/);
    expect(message.length).toBeLessThan(250);
    expect(errorOf("GET", "/x", answer(500, "  \n")).message).toBe("GET /x: 500 (no message)");
  });

  test.each([["null"], ["[]"], ["{}"], ['{"kind":"Pod"}'], ["{"], [""], ["3"]])("like %j is none", (body) => {
    expect(parseStatus(answer(500, body))).toBeUndefined();
  });
});

describe("how long to wait", () => {
  const asked = (headers: Record<string, string>, details?: object): number | undefined =>
    errorOf("GET", "/x", answer(429, { kind: "Status", details }, headers)).retryAfterMs;

  test("is said in seconds, by header or by Status; the header counts", () => {
    expect(asked({ "retry-after": "3" })).toBe(3_000);
    expect(asked({}, { retryAfterSeconds: 2 })).toBe(2_000);
    expect(asked({ "retry-after": "3" }, { retryAfterSeconds: 2 })).toBe(3_000);
    expect(asked({ "retry-after": "0" })).toBe(0);
  });

  test("or until a date; one that has passed means now", () => {
    const soon = asked({ "retry-after": new Date(Date.now() + 60_000).toUTCString() });
    expect(soon).toBeGreaterThan(57_000);
    expect(soon).toBeLessThanOrEqual(60_000);
    expect(asked({ "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })).toBe(0);
  });

  test("is not said at all by nonsense", () => {
    expect(asked({ "retry-after": "later" })).toBeUndefined();
    expect(asked({})).toBeUndefined();
  });
});

test("an ERROR event of a watch is the error that its Status says", () => {
  const error = errorOfStatus("watch /x", {
    code: 410,
    reason: "Expired",
    message: "too old",
    details: { retryAfterSeconds: 1 },
  });
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 410,
    reason: "Expired",
    message: "watch /x: 410 too old",
    retryAfterMs: 1_000,
  });
  expect(errorOfStatus("watch /x", {})).toMatchObject({ status: 500, reason: "Unknown" });
});
