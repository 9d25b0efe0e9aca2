// The stages a part goes through, there and back; and that what we encrypt is age's, as others read it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partContent } from "./archive-read.ts";
import { type Bytes, compressed, contentStream, decompressed, Meter } from "./archive-stream.ts";
import { decryptionWith, encryptionTo, type Stage } from "./encryption.ts";
import type { Manifest, Part } from "./manifest.types.ts";
import { createMemoryDestination, randomBytes } from "./testing.ts";

let identity: string;
let recipient: string;
beforeAll(async () => {
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
});

async function* pieces(bytes: Buffer, size = 10_007): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
const all = async (source: Bytes): Promise<Buffer> => Buffer.concat(await Array.fromAsync(source));
const LENGTHS = [0, 1, 65_535, 65_536, 65_537, 300_000];

describe("age", () => {
  test.each(LENGTHS)("%d bytes are the same after it, read by ours and by the library", async (length) => {
    const bytes = randomBytes("plain", length);
    const encrypted = await all(encryptionTo([recipient])(pieces(bytes)));
    const decrypt = await decryptionWith([identity], [recipient]);
    expect((await all(decrypt(pieces(encrypted)))).equals(bytes)).toBe(true);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    expect(Buffer.from(await decrypter.decrypt(encrypted)).equals(bytes)).toBe(true);
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    expect((await all(decrypt(pieces(Buffer.from(await encrypter.encrypt(bytes)))))).equals(bytes)).toBe(
      true,
    );
  });

  test("two of the same are not the same: each has a key of its own", async () => {
    const encrypt = encryptionTo([recipient]);
    const [one, other] = [
      await all(encrypt(pieces(Buffer.from("x")))),
      await all(encrypt(pieces(Buffer.from("x")))),
    ];
    expect(one.equals(other)).toBe(false);
  });

  describe("the age command (skipped where it is not installed)", () => {
    const found = spawnSync("age", ["--version"]).status === 0;
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), "provost-age-"));
      writeFileSync(path.join(folder, "key.txt"), `${identity}\n`, { mode: 0o600 });
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    test.skipIf(!found).each(LENGTHS)("reads %d bytes of ours, and we read its", async (length) => {
      const bytes = randomBytes("plain", length);
      const age = (args: readonly string[], input: Buffer): Buffer =>
        execFileSync("age", args, { input, maxBuffer: 10_000_000 });
      const encrypted = await all(encryptionTo([recipient])(pieces(bytes)));
      expect(age(["-d", "-i", path.join(folder, "key.txt")], encrypted).equals(bytes)).toBe(true);
      const decrypt = await decryptionWith([identity], [recipient]);
      expect((await all(decrypt(pieces(age(["-r", recipient], bytes))))).equals(bytes)).toBe(true);
    });
  });
});

describe("a part as it is stored", () => {
  const PLAIN = randomBytes("half", 150_000).toString("hex");

  async function packed(encrypt: Stage = (source) => source): Promise<{ part: Part; stored: Buffer }> {
    const [plain, bytes] = [new Meter(), new Meter()];
    const stored = await all(bytes.through(encrypt(compressed(plain.through(pieces(Buffer.from(PLAIN)))))));
    const part = {
      table: "t",
      columns: ["c"],
      rows: 1,
      key: "parts/t.copy.zst",
      bytes: plain.bytes,
      sha256: plain.sha256(),
      storedBytes: bytes.bytes,
      storedSha256: bytes.sha256(),
    };
    return { part, stored };
  }

  const content = (part: Part, stored: Buffer, decrypt?: Stage): Promise<Buffer> => {
    const destination = createMemoryDestination(new Map([["a/b/c/parts/t.copy.zst", stored]]));
    return all(partContent(destination, { path: "a/b/c" } as Manifest, part, decrypt));
  };

  test("is smaller, and unpacks to what it was", async () => {
    const { part, stored } = await packed();
    expect(stored.length).toBeLessThan(PLAIN.length * 0.6);
    expect(stored.length).toBeGreaterThan(128 * 1024);
    expect(String(await content(part, stored))).toBe(PLAIN);
  });

  test("is not it when something follows, however much, or a byte is missing", async () => {
    for (const encrypt of [undefined, encryptionTo([recipient])]) {
      const decrypt = encrypt && (await decryptionWith([identity], [recipient]));
      const { part, stored } = await packed(encrypt);
      for (const more of [1, 70_000, 400_000])
        await expect(
          content(part, Buffer.concat([stored, randomBytes("more", more)]), decrypt),
          String(more),
        ).rejects.toMatchObject({ reason: "Corrupted" });
      for (const less of [1, 16, 70_000, stored.length])
        await expect(
          content(part, stored.subarray(0, stored.length - less), decrypt),
          String(less),
        ).rejects.toMatchObject({ reason: "Corrupted" });
    }
  });

  test("is not it when something follows much later, where its end has been found long ago", async () => {
    const { part, stored } = await packed();
    const late = async function* (): AsyncGenerator<Buffer> {
      yield stored;
      await sleep(50);
      yield Buffer.from("more");
    };
    const destination = { ...createMemoryDestination(), read: () => Promise.resolve(Readable.from(late())) };
    await expect(all(partContent(destination, { path: "a/b/c" } as Manifest, part))).rejects.toMatchObject({
      reason: "Corrupted",
    });
  });

  test("that unpacks into more than the manifest says is given up where it does", async () => {
    const zeros = await all(compressed(pieces(Buffer.alloc(50_000_000), 1_000_000)));
    expect(zeros.length).toBeLessThan(10_000);
    const { part } = await packed();
    let passed = 0;
    const destination = createMemoryDestination(new Map([["a/b/c/parts/t.copy.zst", zeros]]));
    const unpacking = async (): Promise<void> => {
      const stored = { ...part, storedBytes: zeros.length };
      for await (const chunk of partContent(destination, { path: "a/b/c" } as Manifest, stored))
        passed += chunk.length;
    };
    await expect(unpacking()).rejects.toThrow("has more than");
    expect(passed).toBeLessThanOrEqual(part.bytes);
  });

  test("an error of its source is not taken for a fault of its content", async () => {
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield* pieces((await packed()).stored.subarray(0, 50_000));
      throw new Error("the network is gone");
    };
    await expect(all(decompressed(broken()))).rejects.toThrow("the network is gone");
    const decrypt = await decryptionWith([identity], [recipient]);
    const encrypted = async function* (): AsyncGenerator<Buffer> {
      yield* pieces((await packed(encryptionTo([recipient]))).stored.subarray(0, 80_000));
      throw new Error("the network is gone");
    };
    await expect(all(decrypt(encrypted()))).rejects.toThrow("the network is gone");
  });

  test("whoever stops reading ends its source", async () => {
    let ended = false;
    const endless = async function* (): AsyncGenerator<Buffer> {
      try {
        for (let at = 0; ; at++) yield await Promise.resolve(randomBytes(String(at), 50_000));
      } finally {
        ended = true;
      }
    };
    const stream = contentStream(encryptionTo([recipient])(compressed(endless())));
    for await (const chunk of stream as AsyncIterable<Buffer>) if (chunk.length > 0) break;
    await expect.poll(() => ended).toBe(true);
  });
});
