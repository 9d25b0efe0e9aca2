// A backup is marked as verified only as the one that was verified, and by one object.
import { beforeEach, expect, test } from "vitest";
import { createTestDatabase } from "../db/testing.ts";
import { writeBackup } from "./archive-write.ts";
import { listBackups } from "./catalog.ts";
import { DestinationError } from "./destination.types.ts";
import type { Manifest } from "./manifest.types.ts";
import { markVerified } from "./mark-verified.ts";
import { createMemoryDestination, makeSchool, type MemoryDestination, ORDER } from "./testing.ts";

let destination: MemoryDestination;
let manifest: Manifest;
const RESULT = { verifiedAt: new Date("2026-11-26T03:00:00Z"), seconds: 4.2 };

const backUp = async (into: MemoryDestination): Promise<Manifest> => {
  const school = await createTestDatabase();
  try {
    await makeSchool(school.db, 1);
    return await writeBackup({ ...ORDER, database: school.config, destination: into });
  } finally {
    await school.close();
  }
};

beforeEach(async () => {
  destination = createMemoryDestination();
  manifest = await backUp(destination);
});

test("one object is written, nothing else is touched, and lists of backups say so", async () => {
  const before = new Map(destination.objects);
  await markVerified(destination, manifest, RESULT);
  const key = `${manifest.path}/verified.json`;
  expect(JSON.parse(destination.objects.get(key)?.toString() ?? "")).toEqual({
    format: "provost-backup/1",
    id: ORDER.id,
    digest: manifest.digest,
    verifiedAt: "2026-11-26T03:00:00.000Z",
    seconds: 4.2,
  });
  destination.objects.delete(key);
  expect(destination.objects).toEqual(before);
  await markVerified(destination, manifest, RESULT);
  const { complete } = await listBackups(destination);
  expect(complete.map(({ verified }) => verified?.seconds)).toEqual([4.2]);
});

test("marked again, the last time counts", async () => {
  await markVerified(destination, manifest, RESULT);
  await markVerified(destination, manifest, { ...RESULT, seconds: 3 });
  const { complete } = await listBackups(destination);
  expect(complete.map(({ verified }) => verified?.seconds)).toEqual([3]);
});

test("another backup that lies there by now is not marked", async () => {
  const other = createMemoryDestination();
  await backUp(other);
  for (const [key, bytes] of other.objects) destination.objects.set(key, bytes);
  const before = new Map(destination.objects);
  await expect(markVerified(destination, manifest, RESULT)).rejects.toThrow(
    `${manifest.path} is another backup by now: verify it again`,
  );
  expect(destination.objects).toEqual(before);
});

test("a backup that was removed, or whose manifest was touched, is not marked", async () => {
  const key = `${manifest.path}/manifest.json`;
  const text = destination.objects.get(key)?.toString() ?? "";
  destination.objects.set(
    key,
    Buffer.from(text.replace('"manual"', '"schedule"').replace('"schedule"', '"manual"')),
  );
  await expect(markVerified(destination, manifest, RESULT)).rejects.toMatchObject({ reason: "Corrupted" });
  destination.objects.delete(key);
  await expect(markVerified(destination, manifest, RESULT)).rejects.toThrow(DestinationError);
  expect(destination.objects.has(`${manifest.path}/verified.json`)).toBe(false);
});

test("stopped, it marks nothing", async () => {
  const reason = new Error("enough");
  await expect(markVerified(destination, manifest, RESULT, AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(destination.objects.has(`${manifest.path}/verified.json`)).toBe(false);
});
