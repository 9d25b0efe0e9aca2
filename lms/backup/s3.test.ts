// A bucket as a destination, against a real S3 server whose answers are broken one by one.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Destination } from "./destination.types.ts";
import { createS3Destination } from "./s3.ts";
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
  for await (const { key } of destination.list("")) await destination.remove(key);
});

afterAll(async () => {
  await Promise.all([destination.close(), impatient.close()]);
  await s3.close();
});

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function bytesOf(key: string, from = destination): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await from.read(key)) as AsyncIterable<Buffer>));
}

async function keys(prefix = ""): Promise<string[]> {
  return (await Array.fromAsync(destination.list(prefix))).map(({ key }) => key);
}

describe("what is written is what is read", () => {
  test.each([
    ["nothing", 0],
    ["a few bytes", 17],
    ["exactly one part", 8 * MIB],
    ["one part and a byte", 8 * MIB + 1],
    ["five parts", 33 * MIB + 4_711],
  ])("%s", async (_, length) => {
    const bytes = randomBytes(length);
    expect(await destination.write("a/object", pieces(bytes))).toBe(length);
    expect(sha256(await bytesOf("a/object"))).toBe(sha256(bytes));
    expect(await Array.fromAsync(destination.list("a/"))).toEqual([{ key: "a/object", bytes: length }]);
  });

  test("the content waits for the store: no more than five parts are held, however long it is", async () => {
    s3.plan((_, { url }) => (url.includes("partNumber") ? "stall" : undefined));
    let produced = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          yield Buffer.alloc(MIB);
          produced += MIB;
          await sleep(1);
        }
      })(),
    );
    const stop = new AbortController();
    const writing = destination.write("long", endless, stop.signal);
    writing.catch(() => {});
    await sleep(800);
    expect(produced).toBeGreaterThan(16 * MIB);
    expect(produced).toBeLessThanOrEqual(40 * MIB);
    stop.abort();
    await expect(writing).rejects.toThrow("aborted");
  });

  test("an object that is written again has its old content until the new one is complete", async () => {
    await destination.write("a/object", Readable.from(["old"]));
    s3.plan((_, { method }) => (method === "POST" ? "delay" : undefined));
    const writing = destination.write("a/object", pieces(randomBytes(9 * MIB)));
    expect((await bytesOf("a/object")).toString()).toBe("old");
    await writing;
    expect((await bytesOf("a/object")).length).toBe(9 * MIB);
  });
});

describe("reading", () => {
  const bytes = randomBytes(3 * MIB);

  test.each(["cut", "reset", "lost", 500, 503, "stall"] as Fault[])(
    "%s once: every byte arrives, once",
    async (fault) => {
      await destination.write("x", pieces(bytes));
      s3.plan((at) => (at === 0 ? fault : undefined));
      expect(sha256(await bytesOf("x"))).toBe(sha256(bytes));
    },
  );

  test("a connection that breaks off and does not come back fails the stream", async () => {
    await destination.write("x", pieces(bytes));
    s3.plan((at) => (at === 0 ? "cut" : "reset"));
    await expect(bytesOf("x", impatient)).rejects.toMatchObject({ reason: "DestinationUnreachable" });
  });

  test("an object that was replaced meanwhile is not stitched together from both", async () => {
    await destination.write("x", pieces(bytes));
    s3.plan((at) => (at === 0 ? "cut" : undefined));
    const stream = await destination.read("x");
    await destination.write("x", pieces(randomBytes(3 * MIB)));
    await expect(Array.fromAsync(stream)).rejects.toThrow("reading school/x");
  });

  test("whoever has enough leaves nothing open", async () => {
    await destination.write("x", pieces(bytes));
    const stream = await destination.read("x");
    for await (const chunk of stream) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
  });

  test("an abort ends it", async () => {
    await destination.write("x", pieces(bytes));
    const stop = new AbortController();
    const stream = await destination.read("x", stop.signal);
    stop.abort(new Error("SIGTERM"));
    await expect(Array.fromAsync(stream)).rejects.toThrow("SIGTERM");
  });
});

test("a listing of more than 1,000 keys has all of them, in order, and none of another prefix", async () => {
  const names = Array.from({ length: 1_002 }, (_, n) => `a/b/${String(n).padStart(5, "0")}`);
  const waiting = [...names, "a/bc", "z"];
  const work = Array.from({ length: 8 }, async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
      await destination.write(key, Readable.from(["."]));
  });
  await Promise.all(work);
  expect(await keys("a/b/")).toEqual(names);
});

describe("refusals name bucket, endpoint and remedy, and no credentials", () => {
  const SECRET = "wJalrXUtnFEMI/K7MDENG";

  function elsewhere(bucket: string, endpoint: string, env: NodeJS.ProcessEnv = {}): Destination {
    return createS3Destination(
      { type: "s3", bucket, prefix: "", endpoint },
      { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: SECRET, ...env },
      { patienceMs: 300, silenceMs: 300 },
    );
  }

  async function refusal(work: (destination: Destination) => Promise<unknown>, of: Destination) {
    const error = await work(of).then(
      () => expect.unreachable("it was not refused"),
      (caught: unknown) => caught as Error & { reason?: string },
    );
    await of.close();
    expect(error.message).not.toContain(SECRET);
    expect(error.message).not.toContain("NOBODY");
    return error;
  }

  const write = (destination: Destination) => destination.write("x", Readable.from(["x"]));
  const list = (destination: Destination) => Array.fromAsync(destination.list(""));

  test.each([
    ["a write", write],
    ["a listing", list],
  ])("%s without the bucket", async (_, work) => {
    const error = await refusal(work, elsewhere("nowhere", s3.endpoint));
    expect(error.reason).toBe("DestinationMissing");
    expect(error.message).toContain(`bucket nowhere at ${s3.endpoint}`);
    expect(error.message).toContain("create the bucket");
  });

  test("an unknown key of access", async () => {
    const error = await refusal(write, elsewhere("backups", s3.endpoint, { AWS_ACCESS_KEY_ID: "NOBODY" }));
    expect(error.reason).toBe("DestinationDenied");
    expect(error.message).toContain("AWS_ACCESS_KEY_ID");
  });

  test("nobody listens there", async () => {
    const error = await refusal(list, elsewhere("backups", "http://127.0.0.1:9"));
    expect(error.reason).toBe("DestinationUnreachable");
    expect(error.message).toContain("127.0.0.1:9");
  });

  test("a server that never answers", async () => {
    s3.plan(() => "stall");
    const error = await refusal(list, elsewhere("backups", s3.endpoint));
    expect(error.reason).toBe("DestinationUnreachable");
  });

  test("a key there is not; removing it is fine", async () => {
    const error = await refusal((there) => there.read("a/b"), elsewhere("backups", s3.endpoint));
    expect(error.reason).toBe("NotFound");
    await destination.remove("a/b");
  });

  test("missing credentials", () => {
    expect(() => elsewhere("backups", s3.endpoint, { AWS_SECRET_ACCESS_KEY: "" })).toThrow(
      "AWS_SECRET_ACCESS_KEY is not set",
    );
  });
});

describe("a certificate of its own", () => {
  let folder: string;
  let secure: TestS3;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "provost-ca-"));
    secure = await startS3({ tls: true });
    await writeFile(path.join(folder, "ca.pem"), secure.certificate);
  });

  afterAll(async () => {
    await secure.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (env: NodeJS.ProcessEnv) =>
    createS3Destination(
      { type: "s3", bucket: "backups", prefix: "", endpoint: secure.endpoint },
      { ...secure.env, ...env },
      { patienceMs: 300 },
    );

  test("is trusted when AWS_CA_BUNDLE names it, and not otherwise", async () => {
    const trusting = open({ AWS_CA_BUNDLE: path.join(folder, "ca.pem") });
    await trusting.write("x", Readable.from(["hello"]));
    expect((await Array.fromAsync(trusting.list(""))).length).toBe(1);
    await trusting.close();

    const doubting = open({});
    await expect(Array.fromAsync(doubting.list(""))).rejects.toMatchObject({
      reason: "DestinationUnreachable",
      message: expect.stringContaining("AWS_CA_BUNDLE") as string,
    });
    await doubting.close();
  });

  test("a file that is not there is told by its variable", () => {
    expect(() => open({ AWS_CA_BUNDLE: "/nowhere.pem" })).toThrow('AWS_CA_BUNDLE is "/nowhere.pem"');
  });
});
