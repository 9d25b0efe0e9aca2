// Removing old backups from a bucket that others use, too: what is not ours, or not certainly ours, is not touched.
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { writeBackup } from "./archive-write.ts";
import type { Destination } from "./destination.types.ts";
import type { Manifest } from "./manifest.types.ts";
import { prune, type PruneOptions } from "./prune.ts";
import { createS3Destination } from "./s3.ts";
import { startS3, type TestS3 } from "./testing-s3.ts";

const SITE = "academy/main";
const NOW = new Date("2026-11-26T12:00:00Z");

let database: TestDatabase;
let s3: TestS3;
let destination: Destination;

beforeAll(async () => {
  [database, s3] = await Promise.all([createTestDatabase(), startS3()]);
  destination = createS3Destination(
    { type: "s3", bucket: "backups", prefix: "school", endpoint: s3.endpoint },
    s3.env,
    { patienceMs: 100 },
  );
});

afterAll(async () => {
  await destination.close();
  await Promise.all([database.close(), s3.close()]);
});

const put = (key: string, content: unknown): Promise<number> =>
  destination.write(key, Readable.from([typeof content === "string" ? content : JSON.stringify(content)]));

async function keys(): Promise<string[]> {
  return (await Array.fromAsync(destination.list(""))).map(({ key }) => key);
}

/** A real backup, as it would have been made on that day. */
function backup(
  id: string,
  day: string,
  site = SITE,
  origin: "schedule" | "manual" = "schedule",
): Promise<Manifest> {
  const moment = new Date(`${day}T03:00:00Z`);
  return writeBackup({
    database: database.config,
    destination,
    site,
    id,
    origin,
    runtimeVersion: "0.1.0",
    now: () => moment,
  });
}

const pruned = (rest: Partial<PruneOptions> = {}) =>
  prune({ destination, site: SITE, policy: { keepLast: 2 }, now: NOW, ...rest });

let ids: Manifest[];

beforeEach(async () => {
  ids = [];
  for (const day of ["21", "22", "23", "24"]) ids.push(await backup(`nightly-${day}`, `2026-11-${day}`));
});

afterEach(async () => {
  s3.plan();
  for (const key of await keys()) await destination.remove(key);
});

const foldersOf = async (): Promise<string[]> => [
  ...new Set((await keys()).map((key) => key.split("/").slice(0, 3).join("/"))),
];

test("what the policy lets go is gone, oldest first, and the rest is as it was", async () => {
  const kept = (await keys()).filter((key) => /nightly-2[34]/.test(key));
  expect(await pruned()).toEqual({ removed: ["nightly-21", "nightly-22"], remains: [], foreign: [] });
  expect(await keys()).toEqual(kept);
  expect(await pruned()).toEqual({ removed: [], remains: [], foreign: [] });
});

test("the newest that was restored and found whole stays, by the digest of its manifest", async () => {
  const verified = (manifest: Manifest | undefined, digest = manifest?.digest) =>
    put(`${manifest?.path}/verified.json`, {
      format: "provost-backup/1",
      id: manifest?.id,
      digest,
      verifiedAt: "2026-11-25T00:00:00Z",
      seconds: 1,
    });
  await verified(ids[0]);
  await verified(ids[1], "sha256:of-another");
  expect((await pruned()).removed).toEqual(["nightly-22"]);
});

test("whatever else is in the bucket stays: other sites, strangers between ours, a manifest that is not one", async () => {
  await backup("nightly-21", "2026-11-21", "academy/main2");
  const strangers = [
    "readme.txt",
    "academy/readme.txt",
    "academy/main/readme.txt",
    "academy/main/photos/a.jpg",
    "academy/main/nightly-21/notes.txt",
    "academy/main/nightly-21/parts/notes.txt",
    "academy/main/other/manifest.json",
    "academy/main/other/parts/account.copy.zst",
    "academy/main/elsewhere/started.json",
  ];
  for (const key of strangers) await put(key, "{}");
  const startedAt = "2026-11-01T00:00:00Z";
  await put("academy/main/moved/started.json", { site: "academy/other", id: "moved", startedAt });
  await put("academy/main/renamed/started.json", { site: SITE, id: "another", startedAt });
  // A copy under another name is not the backup that its manifest names.
  const manifest = await Array.fromAsync(await destination.read(`${ids[0]?.path}/manifest.json`));
  await put("academy/main/copy/manifest.json", Buffer.concat(manifest as Buffer[]).toString());

  const { removed, foreign } = await pruned();
  expect(removed).toEqual(["nightly-21", "nightly-22"]);
  expect(foreign.toSorted()).toEqual([
    "academy/main/copy/",
    "academy/main/elsewhere/",
    "academy/main/moved/",
    "academy/main/nightly-21/notes.txt",
    "academy/main/nightly-21/parts/notes.txt",
    "academy/main/other/",
    "academy/main/photos/",
    "academy/main/renamed/",
  ]);
  const left = await keys();
  expect(left).toEqual(expect.arrayContaining(strangers));
  expect(left.filter((key) => key.startsWith("academy/main/nightly-21/"))).toHaveLength(2);
  expect(left.filter((key) => key.startsWith("academy/main2/nightly-21/")).length).toBeGreaterThan(2);
});

test("a manifest that was touched protects nothing and loses nothing", async () => {
  const newest = ids[3] as Manifest;
  await put(`${newest.path}/manifest.json`, { ...newest, rows: newest.rows + 1 });
  const { removed, foreign } = await pruned({ policy: { keepLast: 1 } });
  expect(removed).toEqual(["nightly-21", "nightly-22"]);
  expect(foreign).toEqual(["academy/main/nightly-24/"]);
  expect(await foldersOf()).toEqual(["academy/main/nightly-23", "academy/main/nightly-24"]);
});

test("remains of a run that died go after two days, those of one that may be running stay", async () => {
  for (const [id, startedAt] of [
    ["dead", "2026-11-24T11:59:00Z"],
    ["running", "2026-11-24T12:01:00Z"],
  ] as const) {
    await put(`${SITE}/${id}/started.json`, { format: "provost-backup/1", site: SITE, id, startedAt });
    await put(`${SITE}/${id}/parts/account.copy.zst`, "half");
  }
  expect(await pruned({ policy: { keepLast: 9 } })).toEqual({ removed: [], remains: ["dead"], foreign: [] });
  const folders = await foldersOf();
  expect(folders).toContain(`${SITE}/running`);
  expect(folders).not.toContain(`${SITE}/dead`);
});

describe("a removal that is cut short", () => {
  test("at any request: what is left is not taken for a backup, and a later run removes it", async () => {
    s3.plan();
    await pruned();
    const removals = s3.requests.filter(({ method }) => method === "DELETE").map(({ url }) => url);
    const ofOne = removals.filter((url) => url.includes("nightly-21"));
    expect(ofOne[0]).toMatch(/manifest\.json/);
    expect(ofOne.at(-1)).toMatch(/started\.json/);

    for (let cut = 1; cut < ofOne.length; cut += 5) {
      await backup("nightly-21", "2026-11-21");
      let seen = 0;
      s3.plan((_, { method }) => (method === "DELETE" && seen++ >= cut ? 500 : undefined));
      const { removed, trouble } = await pruned();
      expect(removed).toEqual([]);
      expect(trouble).toContain("HTTP 500");
      s3.plan();
      const left = await keys();
      expect(left).not.toContain(`${SITE}/nightly-21/manifest.json`);
      expect(left).toContain(`${SITE}/nightly-21/started.json`);
      const later = new Date(Date.now() + 49 * 3_600_000);
      expect((await pruned({ now: later })).remains).toEqual(["nightly-21"]);
      expect(await foldersOf()).toEqual([`${SITE}/nightly-23`, `${SITE}/nightly-24`]);
    }
  });

  test("by an abort: it is told, and so is what was removed before", async () => {
    const stop = new AbortController();
    s3.plan((_, { method, url }) => {
      if (method === "DELETE" && url.includes("nightly-22")) stop.abort();
      return undefined;
    });
    const { removed, trouble } = await pruned({ signal: stop.signal });
    expect(removed).toEqual(["nightly-21"]);
    expect(trouble).toBe("removing was stopped");
  });
});

test("a store that does not answer decides nothing", async () => {
  s3.plan((at) => (at > 0 ? 503 : undefined));
  await expect(pruned()).rejects.toMatchObject({ reason: "DestinationUnreachable" });
  s3.plan();
  expect(await foldersOf()).toHaveLength(4);
});
