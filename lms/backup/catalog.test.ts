// What a location has, by its manifests; and what a manifest must be to be believed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { readManifest } from "./archive-read.ts";
import { writeBackup } from "./archive-write.ts";
import { listBackups } from "./catalog.ts";
import { DestinationError } from "./destination.types.ts";
import { manifestText, sealed } from "./manifest.ts";
import type { Manifest } from "./manifest.types.ts";
import { createMemoryDestination, type MemoryDestination, ORDER } from "./testing.ts";

let database: TestDatabase;
let destination: MemoryDestination;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  destination = createMemoryDestination();
});

const backUp = (id: string, day: number, site: string = ORDER.site): Promise<Manifest> =>
  writeBackup({
    ...ORDER,
    id,
    site,
    database: database.config,
    destination,
    now: () => new Date(Date.UTC(2026, 10, day)),
  });
const put = (key: string, content: unknown): void =>
  void destination.objects.set(
    key,
    Buffer.from(typeof content === "string" ? content : JSON.stringify(content)),
  );

describe("a location", () => {
  test("complete backups come newest first, with what verified them; of one site or of all", async () => {
    const first = await backUp("b", 1);
    const third = await backUp("a", 3);
    const second = await backUp("x", 2, "academy/other");
    const verified = {
      format: "provost-backup/1",
      id: "b",
      digest: first.digest,
      verifiedAt: "2026-11-05T00:00:00Z",
      seconds: 2,
    };
    put(`${first.path}/verified.json`, verified);
    put(`${third.path}/verified.json`, { ...verified, id: "a" });
    expect(await listBackups(destination)).toEqual({
      complete: [{ manifest: third }, { manifest: second }, { manifest: first, verified }],
      incomplete: [],
      broken: [],
    });
    expect((await listBackups(destination, "academy/main")).complete).toHaveLength(2);
    expect((await listBackups(destination, "academy/mai")).complete).toEqual([]);
  });

  test("what never ended, and what is broken, is told apart; strangers are not seen", async () => {
    const { path } = await backUp("whole", 1);
    const broken = await backUp("broken", 2);
    put(`${broken.path}/manifest.json`, manifestText({ ...broken, rows: 1 }));
    put("academy/main/copy/manifest.json", String(destination.objects.get(`${path}/manifest.json`)));
    await backUp("half", 3);
    destination.objects.delete("academy/main/half/manifest.json");
    put("academy/main/theirs/started.json", { site: "elsewhere/x", id: "theirs" });
    put("academy/main/notes/readme.txt", "x");
    put("readme.txt", "x");
    put("academy/main/whole/deep/manifest.json", "x");
    const listing = await listBackups(destination);
    expect(listing.complete.map(({ manifest }) => manifest.id)).toEqual(["whole"]);
    expect(listing.incomplete).toEqual([
      { site: "academy/main", id: "half", startedAt: "2026-11-03T00:00:00.000Z" },
    ]);
    expect(listing.broken).toEqual([
      {
        site: "academy/main",
        id: "broken",
        why: expect.stringMatching(/its digest is sha256:.*use another/) as string,
      },
      {
        site: "academy/main",
        id: "copy",
        why: expect.stringContaining("it is that of academy/main/whole") as string,
      },
    ]);
  });

  test("one that does not answer is an error, and not a backup that is broken", async () => {
    await backUp("a", 1);
    const silent = {
      ...destination,
      read: () => Promise.reject(new DestinationError("DestinationUnreachable", "no answer")),
    };
    await expect(listBackups(silent)).rejects.toMatchObject({ reason: "DestinationUnreachable" });
  });
});

describe("a manifest", () => {
  let manifest: Manifest;
  beforeEach(async () => {
    manifest = await backUp("nightly-1", 1);
  });
  const read = (text: string): Promise<Manifest> => {
    put(`${manifest.path}/manifest.json`, text);
    return readManifest(destination, manifest.path);
  };
  const { digest: _, ...none } = {} as Manifest;
  const resealed = (change: (rest: Omit<Manifest, "digest">) => object): string => {
    const { digest, ...rest } = manifest;
    expect(digest).toBe(sealed(rest).digest);
    return manifestText(sealed({ ...none, ...change(rest) } as Manifest));
  };

  test("is what was returned when it was written, and refused when it is not there", async () => {
    expect(await readManifest(destination, manifest.path)).toEqual(manifest);
    await expect(readManifest(destination, "academy/main/other")).rejects.toMatchObject({
      reason: "NotFound",
    });
  });

  test("is refused without any one of its ends", async () => {
    const text = manifestText(manifest);
    for (let length = 0; length < text.length; length += 97)
      await expect(read(text.slice(0, length)), String(length)).rejects.toMatchObject({
        reason: "Corrupted",
      });
    await expect(read(text.slice(0, -1))).rejects.toMatchObject({ reason: "Corrupted" });
    await expect(read(`${text} `)).rejects.toMatchObject({ reason: "Corrupted" });
  });

  test.each<[string, (rest: Omit<Manifest, "digest">) => object, string]>([
    [
      "of an unknown format",
      (rest) => ({ ...rest, format: "provost-backup/2" }),
      'its format is "provost-backup/2"',
    ],
    ["of another site", (rest) => ({ ...rest, site: "academy/other" }), "it is that of"],
    ["of another id", (rest) => ({ ...rest, id: "nightly-2" }), "it is that of"],
    ["without parts", ({ parts: __, ...rest }) => rest, "a part of it is not one"],
    [
      "with a part too many",
      (rest) => ({ ...rest, parts: [...rest.parts, null] }),
      "a part of it is not one",
    ],
    [
      "whose part lies elsewhere",
      (rest) => ({
        ...rest,
        parts: rest.parts.map((part) => ({ ...part, key: `parts/../../${part.table}` })),
      }),
      "a part of it is not one",
    ],
    [
      "with one table twice",
      (rest) => ({ ...rest, parts: [...rest.parts, rest.parts[0]] }),
      "two parts have one table",
    ],
    ["with another sum", (rest) => ({ ...rest, rows: rest.rows + 1 }), "its rows are not those of its parts"],
    ["with no time", (rest) => ({ ...rest, takenAt: "soon" }), "its takenAt is not a time"],
    ["with another compression", (rest) => ({ ...rest, compression: "none" }), "its compression is unknown"],
    [
      "encrypted, and not",
      (rest) => ({ ...rest, encrypted: true }),
      "its encrypted contradicts its encryption",
    ],
    [
      "with a sequence that is SQL",
      (rest) => ({ ...rest, sequences: [{ name: "x", lastValue: "1; DROP", isCalled: true }] }),
      "a sequence of it is not one",
    ],
  ])("%s is refused although its digest is right", async (_name, change, why) => {
    await expect(read(resealed(change))).rejects.toMatchObject({
      reason: "Corrupted",
      message: expect.stringContaining(
        `academy/main/nightly-1/manifest.json is not as it was written: ${why}`,
      ) as string,
    });
  });

  test.each(["null", "[]", "7", '"x"'])("%s is none", async (text) => {
    await expect(read(text)).rejects.toMatchObject({ reason: "Corrupted" });
  });
});

test("a site or an id that would lead elsewhere is refused before anything is done", async () => {
  for (const [site, id] of [
    ["academy/../x", "a"],
    ["academy/main", "../a"],
    ["main", "a"],
    ["academy/main", ""],
  ] as const)
    await expect(backUp(id, 1, site)).rejects.toMatchObject({ reason: "InvalidSettings" });
  expect(destination.objects.size).toBe(0);
});
