// The client of the admin API: what answers mean, and when digests are asked for again.
import { expect, test } from "vitest";
import type { Problem } from "../../api/index.ts";
import { type RawRequest, type RawResponse, TransportError } from "../engine/index.ts";
import { LmsClient } from "./client.ts";
import { LmsProblem } from "./errors.ts";
import { outcomeOf } from "./outcome.ts";

const { signal } = new AbortController();

function answer(status: number, body: unknown, type = "application/json"): RawResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers: { "content-type": type },
    body: Buffer.from(text),
    text: () => text,
    json: <T>() => JSON.parse(text) as T,
  };
}

const problem = (code: Problem["code"], more: Partial<Problem> = {}): RawResponse =>
  answer(
    409,
    { type: "", title: "", status: 409, detail: "what is wrong", remedy: "Do this.", code, ...more },
    "application/problem+json",
  );

/** A client whose LMS gives these answers in turn, the last one for ever; and what it was asked. */
function lmsThat(...answers: (RawResponse | Error)[]) {
  const asked: { path: string; request: RawRequest }[] = [];
  const lms = new LmsClient((path, request = {}) => {
    asked.push({ path, request });
    const next = answers[Math.min(asked.length, answers.length) - 1];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? answer(404, {}));
  }, "the-token");
  return { lms, asked };
}

const meaning = async (given: RawResponse | Error): Promise<string> => {
  const { lms } = lmsThat(given);
  try {
    await lms.status(signal);
    return "answered";
  } catch (error) {
    try {
      const outcome = outcomeOf(error, (pointer) => `spec${pointer.replaceAll("/", ".")}`);
      return outcome.type === "done" ? "done" : `${outcome.type} ${outcome.reason}: ${outcome.message}`;
    } catch (unexpected) {
      return `thrown: ${(unexpected as Error).message}`;
    }
  }
};

test.each([
  [
    problem("InvalidContent", { pointer: "/title", detail: "/title: too odd" }),
    /^stalled InvalidContent: spec\.title: too odd\. Do this\./,
  ],
  [problem("ManagedByAnother"), /^stalled ManagedByAnother: /],
  [
    problem("UserNotFound", { pointer: "/subjects/0/user" }),
    /^requeue UserNotFound: Waiting: spec\.subjects\.0\.user: /,
  ],
  [problem("InUse"), /^requeue InUse: /],
  [problem("NotReady"), /^requeue LmsNotReady: /],
  [problem("Unauthorized"), /^requeue LmsUnauthorized: /],
  [problem("Internal"), /^thrown: what is wrong/],
  [answer(502, "<html>", "text/html"), /^requeue LmsUnreachable: .*HTTP 502/],
  [new TransportError("connection refused"), /^requeue LmsUnreachable: .*connection refused/],
  [answer(200, {}), /^answered$/],
])("%#: an answer means %s", async (given, expected) => expect(await meaning(given)).toMatch(expected));

test("several faults are all named, each with its field and remedy, the common remedy once", () => {
  const errors = [
    { pointer: "/users/0/email", detail: "is taken", remedy: "Give another." },
    { pointer: "/users/1/email", detail: "is taken too", remedy: "Give another." },
  ];
  const { status: _, ...rest } = problem("EmailTaken", { errors, remedy: "Give another." }).json<Problem>();
  const text = new LmsProblem({ ...rest, status: 409 }).message;
  expect(text).toBe("users[0].email: is taken (Give another.); users[1].email: is taken too (Give another.)");
});

test("the token goes in a header that no proxy consumes, and documents as JSON", async () => {
  const { lms, asked } = lmsThat(answer(200, {}));
  await lms.deleteCourse("a b", "provost.dev/Course/x/y", signal);
  expect(asked[0]?.path).toBe("/admin/v1/courses/a%20b?manager=provost.dev%2FCourse%2Fx%2Fy");
  expect(asked[0]?.request.headers).toMatchObject({ "provost-authorization": "Bearer the-token" });
  expect(Object.keys(asked[0]?.request.headers ?? {})).not.toContain("authorization");
});

test("digests are asked for once for many, and again after a write or when the LMS was away", async () => {
  const digests = answer(200, { courses: {}, bindings: {} });
  const { lms, asked } = lmsThat(digests);
  await lms.digests(signal);
  await lms.digests(signal);
  expect(asked).toHaveLength(1);
  await lms.putCourse("x", {} as never, signal, { maxRemovalPercent: 10, allowedRemovals: 5 });
  await lms.digests(signal);
  expect(asked).toHaveLength(3);
  lms.forgetDigests();
  await lms.digests(signal);
  expect(asked).toHaveLength(4);
  await lms.digests(signal, 0);
  expect(asked).toHaveLength(5);
});

test("digests that were under way during a write are not kept: they may be older than it", async () => {
  const reply = Promise.withResolvers<RawResponse>();
  const asked: string[] = [];
  const lms = new LmsClient((path) => {
    asked.push(path);
    return path.endsWith("/digests") && asked.length === 1 ? reply.promise : Promise.resolve(answer(200, {}));
  }, "t");
  const first = lms.digests(signal);
  await lms.putSite({} as never, signal);
  reply.resolve(answer(200, {}));
  await first;
  await lms.digests(signal);
  expect(asked.filter((path) => path.endsWith("/digests"))).toHaveLength(2);
});
