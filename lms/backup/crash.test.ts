// A run that is stopped anywhere leaves no backup, only what the next run with its id clears away.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { checkStored, readManifest } from "./archive-read.ts";
import { type BackupOptions, writeBackup } from "./archive-write.ts";
import { beginAttempt } from "./attempt.ts";
import { listBackups } from "./catalog.ts";
import type { Destination } from "./destination.types.ts";
import { createFolderDestination } from "./folder.ts";
import type { Manifest } from "./manifest.types.ts";
import { makeSchool, ORDER, randomBytes } from "./testing.ts";

const PATH = `${ORDER.site}/${ORDER.id}`;
let school: TestDatabase;
let folder: string;
let destination: Destination;

beforeAll(async () => {
  school = await createTestDatabase();
  await makeSchool(school.db);
});
afterAll(() => school.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "provost-crash-"));
  destination = createFolderDestination(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const backUp = (options: Partial<BackupOptions> = {}): Promise<Manifest> =>
  writeBackup({ ...ORDER, database: school.config, destination, ...options });

const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(folder, PATH), path.join(entry.parentPath, entry.name)));

/** The backup is there, whole, and nothing lies beside it. */
async function expectWhole(manifest: Manifest): Promise<void> {
  expect(await readManifest(destination, PATH)).toEqual(manifest);
  await checkStored(destination, manifest);
  const own = [...manifest.parts.map(({ key }) => key), "started.json", "manifest.json"];
  expect((await files()).sort()).toEqual(own.sort());
}

test("an abort at any object, before, within or after it, leaves no manifest; the next run with the id is whole", async () => {
  const { parts } = await backUp();
  await rm(path.join(folder, "academy"), { recursive: true });
  for (let cut = 0; cut < parts.length + 2; cut++) {
    const stop = new AbortController();
    let writes = 0;
    const stopping: Destination = {
      ...destination,
      async write(key, content, signal) {
        const here = writes++ === cut;
        const abort = (): void => stop.abort(new Error(`stopped at ${key}`));
        if (here && cut % 3 === 0) abort();
        if (here && cut % 3 === 1) void once(content, "data").then(abort, () => {});
        const bytes = await destination.write(key, content, signal);
        if (here && cut % 3 === 2) abort();
        return bytes;
      },
    };
    const made = backUp({ destination: stopping, signal: stop.signal }).then(
      () => "complete",
      (error: unknown) => (error as Error).message,
    );
    // After the manifest there is nothing left to stop.
    const last = cut === parts.length + 1 && cut % 3 === 2;
    expect(await made).toMatch(last ? "complete" : /^stopped at/);
    expect((await files()).includes("manifest.json")).toBe(last);
    const { complete, incomplete, broken } = await listBackups(destination);
    expect([complete.length, broken.length]).toEqual([last ? 1 : 0, 0]);
    if (cut > 0 && !last) expect(incomplete).toMatchObject([{ site: ORDER.site, id: ORDER.id }]);
    await expectWhole(await backUp());
    await rm(path.join(folder, "academy"), { recursive: true });
  }
});

test("a run that was given up for lost and goes on does not harm the one in its place", async () => {
  const [stuck, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: Destination = {
    ...destination,
    async write(key, content, signal) {
      if (key.endsWith("parts/account.copy.zst")) {
        stuck.resolve();
        await free.promise;
      }
      return destination.write(key, content, signal);
    },
  };
  const first = backUp({ destination: slow });
  await stuck.promise;
  await school.db.execute("UPDATE account SET display_name = display_name || '.'");
  const second = await backUp();
  free.resolve();
  expect(await first).toEqual(second);
  expect(await readManifest(destination, PATH)).toEqual(second);
  await checkStored(destination, second);
});

test("a run in whose place another has begun ends without a manifest", async () => {
  const overtaken: Destination = {
    ...destination,
    async write(key, content, signal) {
      if (key.endsWith("site.copy.zst")) {
        const begun = { path: PATH, site: ORDER.site, id: ORDER.id, startedAt: new Date().toISOString() };
        await beginAttempt(destination, begun);
      }
      return destination.write(key, content, signal);
    },
  };
  await expect(backUp({ destination: overtaken })).rejects.toThrow(
    /another run has begun .* wait for that one/,
  );
  expect(await files()).not.toContain("manifest.json");
});

test("a full disk is told as such and leaves no half of a file; with room, the same id succeeds", async ({
  skip,
}) => {
  if (process.getuid?.() !== 0) skip("only root can mount a small disk");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "pipe" });
  } catch (error) {
    skip(`a small disk cannot be mounted here: ${(error as Error).message}`);
  }
  try {
    const bytes = randomBytes("large", 2_000_000);
    await school.db.execute(
      "INSERT INTO blob (sha256, bytes, size_bytes) VALUES (sha256($1), $1, length($1))",
      [bytes],
    );
    await expect(backUp()).rejects.toMatchObject({
      reason: "DestinationFull",
      message: expect.stringMatching(/blob.*ENOSPC; make room/) as string,
    });
    expect(
      (await files()).filter((name) => !/^(started\.json|parts\/[a-z_]+\.copy\.zst)$/.test(name)),
    ).toEqual([]);
    await expect(
      destination.write("x", Readable.from([randomBytes("more", 1_100_000)], { objectMode: false })),
    ).rejects.toMatchObject({ reason: "DestinationFull" });
    execFileSync("mount", ["-o", "remount,size=8m", folder]);
    await expectWhole(await backUp());
  } finally {
    execFileSync("umount", [folder]);
    await school.db.execute("DELETE FROM blob WHERE size_bytes = 2000000");
  }
});
