// A folder as a destination, on a real file system.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Destination } from "./destination.types.ts";
import { createFolderDestination } from "./folder.ts";
import { randomBytes } from "./testing.ts";

let folder: string;
let destination: Destination;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "provost-folder-"));
  destination = createFolderDestination(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (key: string, bytes: Buffer | string = key): Promise<number> =>
  destination.write(key, Readable.from([Buffer.from(bytes)], { objectMode: false }));
const bytesOf = async (key: string): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync((await destination.read(key)) as AsyncIterable<Buffer>));
const keys = async (prefix = ""): Promise<string[]> =>
  (await Array.fromAsync(destination.list(prefix))).map(({ key }) => key);
/** Everything in the folder, hidden or not. */
const names = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)));
/** Yields some, then waits for `then`. */
const slow = (then: () => Promise<Buffer>): Readable =>
  Readable.from(
    (async function* () {
      yield Buffer.from("half");
      yield await then();
    })(),
  );

test.each([0, 1, 300_000])("%d bytes are read as they were written, over what was there", async (length) => {
  await put("a/b/object", "before");
  const bytes = randomBytes("x", length);
  expect(await put("a/b/object", bytes)).toBe(length);
  expect((await bytesOf("a/b/object")).equals(bytes)).toBe(true);
  expect(await Array.fromAsync(destination.list("a"))).toEqual([{ key: "a/b/object", bytes: length }]);
});

describe("a write that does not end", () => {
  test("is not seen, and leaves what was there: when its content fails", async () => {
    await put("object", "before");
    let seen: string[] = [];
    const failing = slow(async () => {
      seen = await keys();
      throw new Error("the source is gone");
    });
    await expect(destination.write("object", failing)).rejects.toThrow("the source is gone");
    expect(seen).toEqual(["object"]);
    expect(String(await bytesOf("object"))).toBe("before");
    expect(await names()).toEqual(["object"]);
  });

  test("ends at once when it is aborted, whatever its content waits for", async () => {
    const stop = new AbortController();
    const stuck = slow(() => sleep(60_000, Buffer.from(""), { ref: false }));
    const writing = destination.write("object", stuck, stop.signal);
    await expect.poll(names).toHaveLength(1);
    stop.abort(new Error("that will do"));
    await expect(writing).rejects.toThrow("that will do");
    expect(await names()).toEqual([]);
    await expect(destination.write("object", stuck, stop.signal)).rejects.toThrow("that will do");
  });

  test("because its process was killed: it is never listed, and removed a day later", async () => {
    const script = `import { createFolderDestination } from ${JSON.stringify(path.join(import.meta.dirname, "folder.ts"))};
      import { Readable } from "node:stream";
      await createFolderDestination(${JSON.stringify(folder)}).write("site/object", Readable.from((async function* () {
        yield Buffer.from("half");
        setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
        await new Promise((resolve) => setTimeout(resolve, 10_000));
      })()));`;
    expect(spawnSync(process.execPath, ["--input-type=module", "-e", script]).signal).toBe("SIGKILL");
    const [left, ...more] = await names();
    expect([left, more.length]).toEqual([expect.stringMatching(/^site\/\.object\.[0-9a-f]{12}\.part$/), 0]);
    expect(await keys()).toEqual([]);
    expect(await names()).toEqual([left]);
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await utimes(path.join(folder, left as string), yesterday, yesterday);
    expect(await keys()).toEqual([]);
    expect(await names()).toEqual([]);
  });

  test("two at once: the last to end is what is there, whole", async () => {
    const [one, other] = [randomBytes("one", 500_000), randomBytes("other", 500_000)];
    await Promise.all([put("object", one), put("object", other)]);
    const found = await bytesOf("object");
    expect(found.equals(one) || found.equals(other)).toBe(true);
    expect(await names()).toEqual(["object"]);
  });
});

describe("listing", () => {
  test("is of what begins with a prefix, in the order of the keys' bytes, as a bucket's is", async () => {
    const all = ["a/b", "a-c/x", "a/b.c", "a/b/c", "a0", "ä", "z/é", "z/~"].filter((key) => key !== "a/b");
    for (const key of all) await put(key);
    const sorted = all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await keys()).toEqual(sorted);
    expect(sorted.indexOf("a-c/x")).toBeLessThan(sorted.indexOf("a/b.c"));
    expect(await keys("a/b")).toEqual(["a/b.c", "a/b/c"]);
    expect(await keys("a/b/")).toEqual(["a/b/c"]);
    expect(await keys("a")).toEqual(["a-c/x", "a/b.c", "a/b/c", "a0"]);
    expect(await keys("nothing/here")).toEqual([]);
    expect(await keys("a0/")).toEqual([]);
  });

  test("does not leave the folder by a link", async () => {
    await put("object");
    await symlink("/etc", path.join(folder, "elsewhere"));
    expect(await keys()).toEqual(["object"]);
  });
});

describe("removing", () => {
  test("takes the key, and the folders that are empty then, but never the place itself", async () => {
    await put("a/b/one");
    await put("a/b/two");
    await destination.remove("a/b/one");
    expect(await keys()).toEqual(["a/b/two"]);
    await destination.remove("a/b/two");
    expect(await readdir(folder)).toEqual([]);
    await destination.remove("a/b/two");
    await destination.remove("never/was");
    expect(existsSync(folder)).toBe(true);
  });

  test("of the last file of a folder while another is written there: both succeed", async () => {
    for (let round = 0; round < 50; round++) {
      await put("a/b/old");
      await Promise.all([destination.remove("a/b/old"), put("a/b/new")]);
      expect(await keys()).toEqual(["a/b/new"]);
      await destination.remove("a/b/new");
    }
  });
});

test.each(["../out", "a/../../out", "/etc/passwd", "a//b", ".", "..", "", "a/", "a\0b", "a\\..\\b"])(
  "%j is not a key",
  async (key) => {
    await expect(put(key)).rejects.toThrow("is not a key");
    await expect(destination.read(key)).rejects.toThrow("is not a key");
    await expect(destination.remove(key)).rejects.toThrow("is not a key");
    if (key.includes("/")) await expect(keys(`${key}/`)).rejects.toThrow("is not a key");
    expect(await names()).toEqual([]);
  },
);

describe("refusals", () => {
  test("a key that is not there", async () => {
    await put("a/b");
    for (const key of ["nothing", "a", "a/b/c"])
      await expect(destination.read(key)).rejects.toMatchObject({
        reason: "NotFound",
        message: expect.stringMatching(`reading ${key} in ${folder}: ENO(ENT|TDIR); look at`) as string,
      });
  });

  test("a place that is not there is missing, and is not made", async () => {
    const missing = createFolderDestination(path.join(folder, "not/mounted"));
    const doing = [
      () => missing.write("a/b", Readable.from(["x"])),
      () => missing.read("a/b"),
      () => Array.fromAsync(missing.list("")),
      () => Array.fromAsync(missing.list("a/")),
      () => missing.remove("a/b"),
    ];
    for (const one of doing) await expect(one()).rejects.toMatchObject({ reason: "DestinationMissing" });
    expect(await readdir(folder)).toEqual([]);
    await writeFile(path.join(folder, "file"), "");
    const file = createFolderDestination(path.join(folder, "file"));
    await expect(file.write("a", Readable.from(["x"]))).rejects.toMatchObject({
      reason: "DestinationMissing",
    });
  });

  // Root may do everything, so who asks is somebody else.
  test.skipIf(process.getuid?.() !== 0)("a place that may not be written to", async () => {
    await chmod(folder, 0o755);
    await mkdir(path.join(folder, "mine"), { mode: 0o700 });
    const script = `import { createFolderDestination } from ${JSON.stringify(path.join(import.meta.dirname, "folder.ts"))};
      import { Readable } from "node:stream";
      process.setgid(65534);
      process.setuid(65534);
      const destination = createFolderDestination(${JSON.stringify(folder)});
      for (const key of ["object", "mine/object"])
        await destination.write(key, Readable.from(["x"])).catch((error) => console.log(error.reason, error.message));
      await Array.fromAsync(destination.list("")).catch((error) => console.log(error.reason));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(String(stderr)).toBe("");
    const lines = String(stdout).trim().split("\n");
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^DestinationDenied/);
    expect(lines[0]).toContain(`writing object in ${folder}: EACCES; let this user`);
  });
});

test("what is written may be read by its owner and group only", async () => {
  await put("a/object");
  const { stat } = await import("node:fs/promises");
  expect((await stat(path.join(folder, "a/object"))).mode & 0o007).toBe(0);
  expect((await stat(path.join(folder, "a"))).mode & 0o007).toBe(0);
  expect(String(await readFile(path.join(folder, "a/object")))).toBe("a/object");
});
