// A database is larger than a pod's memory: what passes through is not held.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { createEmptyDatabase, createTestDatabase } from "../db/testing.ts";
import { writeBackup } from "./archive-write.ts";
import type { Destination } from "./destination.types.ts";
import { createFolderDestination } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { ORDER, randomBytes } from "./testing.ts";

const MIB = 1024 * 1024;
const [FILE, FILES] = [8 * MIB, 30];
const BOUND = 96 * MIB;

/** How much more the process holds at its worst while it does `work`, heap and buffers together. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const held = (): number => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  globalThis.gc?.();
  const before = held();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, held())), 5);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return peak - before;
}

test("240 MiB of files are backed up, encrypted, to a slow disk, and restored, within 96 MiB", async () => {
  const [site, empty] = [await createTestDatabase(), await createEmptyDatabase()];
  const folder = await mkdtemp(path.join(tmpdir(), "provost-memory-"));
  try {
    // Not compressible, and each too far from its like for zstd to find it.
    await site.db.execute(
      `INSERT INTO blob SELECT sha256(n::text::bytea), $1::bytea, length($1::bytea) FROM generate_series(1, ${FILES}) n`,
      [randomBytes("a film", FILE)],
    );
    const identity = await generateIdentity();
    const disk = createFolderDestination(folder);
    const slow: Destination = {
      ...disk,
      write: (key, content, signal) =>
        disk.write(
          key,
          Readable.from(
            (async function* () {
              for await (const chunk of content as AsyncIterable<Buffer>) {
                // 64 KiB at a time: 50 MB/s at most, less than the server gives.
                await sleep(1);
                yield chunk;
              }
            })(),
            { objectMode: false },
          ),
          signal,
        ),
    };
    let manifest: Awaited<ReturnType<typeof writeBackup>> | undefined;
    const backup = await peakOf(async () => {
      const recipients = [await identityToRecipient(identity)];
      manifest = await writeBackup({ ...ORDER, database: site.config, destination: slow, recipients });
    });
    if (!manifest) throw new Error("no manifest");
    expect(manifest.storedBytes).toBeGreaterThan(FILE * FILES);
    const { path: at } = manifest;
    const restored = manifest;
    const restore = await peakOf(() =>
      restoreBackup({
        destination: disk,
        manifest: restored,
        database: empty.config,
        identities: [identity],
      }),
    );
    const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
    console.error(
      `${at} of ${mib(manifest.storedBytes)}: backup held ${mib(backup)}, restore ${mib(restore)}`,
    );
    expect(backup).toBeLessThan(BOUND);
    expect(restore).toBeLessThan(BOUND);
    expect(
      await empty.db.first("SELECT count(*) AS n, count(DISTINCT sha256(bytes)) AS d FROM blob"),
    ).toEqual({
      n: FILES,
      d: 1,
    });
  } finally {
    await site.close();
    await empty.close();
    await rm(folder, { recursive: true });
  }
}, 90_000);
