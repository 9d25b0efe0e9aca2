// An upload in parts against a real S3 server whose answers are broken one by one: whole, or not at all.
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Destination } from "./destination.types.ts";
import { createS3Destination } from "./s3.ts";
import { partBytes } from "./s3-upload.ts";
import { type Fault, pieces, startS3, type TestS3 } from "./testing-s3.ts";

const MIB = 1024 * 1024;
let s3: TestS3;
let destination: Destination;
/** Where a fault that lasts is the test. */
let impatient: Destination;

beforeAll(async () => {
  s3 = await startS3();
  const location = { type: "s3", bucket: "backups", prefix: "school", endpoint: s3.endpoint } as const;
  destination = createS3Destination(location, s3.env, { patienceMs: 10_000, silenceMs: 600 });
  impatient = createS3Destination(location, s3.env, { patienceMs: 250 });
});

afterEach(async () => {
  s3.plan();
  await destination.remove("x");
});

afterAll(async () => {
  await Promise.all([destination.close(), impatient.close()]);
  await s3.close();
});

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function bytesOf(key: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await destination.read(key)) as AsyncIterable<Buffer>));
}

async function keys(): Promise<string[]> {
  return (await Array.fromAsync(destination.list(""))).map(({ key }) => key);
}

test("parts are of one size up to 31 GiB, never get smaller, and 10,000 of them hold 250 GiB", () => {
  const sizes = Array.from({ length: 10_000 }, (_, at) => partBytes(at + 1));
  expect(new Set(sizes.slice(0, 4_000))).toEqual(new Set([8 * MIB]));
  expect(sizes.toSorted((a, b) => a - b)).toEqual(sizes);
  expect(Math.max(...sizes)).toBe(64 * MIB);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(250 * 1024 * MIB);
});

describe("faults at every request of an upload in three parts", () => {
  const bytes = randomBytes(17 * MIB);
  const ALL = [0, 1, 2, 3, 4];
  const at = (numbers: readonly number[], ...faults: Fault[]): (readonly [Fault, number])[] =>
    faults.flatMap((fault) => numbers.map((number) => [fault, number] as const));

  test("they are: begin, three parts, complete", async () => {
    s3.plan();
    await destination.write("x", pieces(bytes));
    expect(s3.requests.map(({ method }) => method)).toEqual(["POST", "PUT", "PUT", "PUT", "POST"]);
  });

  test.each([
    ...at(ALL, "reset", "lost", 500),
    ...at([0, 2, 4], "stall"),
    ...at([0, 4], "cut"),
    ...at([2], "delay", 503),
  ])("%s at request %i passes: the object is whole", async (fault, number) => {
    s3.plan((at) => (at === number ? fault : undefined));
    expect(await destination.write("x", pieces(bytes))).toBe(bytes.length);
    expect(sha256(await bytesOf("x"))).toBe(sha256(bytes));
  });

  test.each(at(ALL, "reset", 500, 403, 507))(
    "%s from request %i on: it fails, nothing is listed, nothing is left",
    async (fault, number) => {
      s3.plan((at, { method }) => (at >= number && method !== "DELETE" ? fault : undefined));
      const reason =
        { 403: "DestinationDenied", 507: "DestinationFull" }[String(fault)] ?? "DestinationUnreachable";
      await expect(impatient.write("x", pieces(bytes))).rejects.toMatchObject({ reason });
      const given = s3.requests.filter(({ method }) => method === "DELETE");
      expect(given).toHaveLength(number === 0 ? 0 : 1);
      if (number > 0) expect(given[0]?.url).toMatch(/^\/backups\/school\/x\?.*uploadId=/);
      s3.plan();
      expect(await keys()).toEqual([]);
    },
  );

  test("content that fails half-way ends the upload with its own error, and nothing is listed", async () => {
    s3.plan();
    const failing = Readable.from(
      (async function* () {
        yield bytes;
        await sleep(50);
        throw Object.assign(new Error("the database went away"), { code: "ECONNRESET" });
      })(),
    );
    await expect(destination.write("x", failing)).rejects.toThrow(/^the database went away$/);
    expect(s3.requests.at(-1)?.method).toBe("DELETE");
    expect(await keys()).toEqual([]);
  });

  test("an abort ends an upload at once, even while the store is silent or the content is", async () => {
    for (const content of [pieces(bytes), new Readable({ read: () => {} })]) {
      s3.plan((_, { method }) => (method === "PUT" ? "stall" : undefined));
      const stop = new AbortController();
      const writing = destination.write("x", content, stop.signal);
      writing.catch(() => {});
      await sleep(200);
      const asked = performance.now();
      stop.abort(new Error("SIGTERM"));
      await expect(writing).rejects.toThrow("SIGTERM");
      expect(performance.now() - asked).toBeLessThan(500);
      expect(content.destroyed).toBe(true);
    }
    s3.plan();
    expect(await keys()).toEqual([]);
  });
});
