// Whatever happens to a stored backup, none of it is restored: a thousand ways, each into a database that stays empty.
import { generateIdentity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { checkStored, readManifest } from "./archive-read.ts";
import { writeBackup } from "./archive-write.ts";
import { BackupError } from "./backup-error.ts";
import { DestinationError } from "./destination.types.ts";
import { manifestText, sealed } from "./manifest.ts";
import type { Manifest, Part } from "./manifest.types.ts";
import { restoreBackup } from "./restore.ts";
import { createMemoryDestination, makeSchool, ORDER } from "./testing.ts";

const RUNS = 1_000;
const CASES = ["plain", "encrypted"] as const;
const PATH = `${ORDER.site}/${ORDER.id}`;

type Objects = Map<string, Buffer>;
/** A backup, and another one of the same site, of the same id, made later. */
interface Archive {
  readonly objects: Objects;
  readonly manifest: Manifest;
  readonly later: Objects;
  readonly identities: readonly string[];
}

/** Two at a time, or it takes too long. */
let empties: readonly TestDatabase[];
let archives: Readonly<Record<(typeof CASES)[number], Archive>>;

beforeAll(async () => {
  const school = await createTestDatabase();
  try {
    await makeSchool(school.db, 3);
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const make = async (objects: Objects, encrypted: boolean): Promise<Manifest> =>
      writeBackup({
        ...ORDER,
        ...(encrypted && { recipients }),
        database: school.config,
        destination: createMemoryDestination(objects),
      });
    const [plain, encrypted] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
    const manifests = [await make(plain, false), await make(encrypted, true)] as const;
    await school.db.execute("UPDATE account SET display_name = display_name || '!'");
    await school.db.execute("UPDATE attempt SET seed = seed + 1");
    const [plainLater, encryptedLater] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
    await make(plainLater, false);
    await make(encryptedLater, true);
    archives = {
      plain: { objects: plain, manifest: manifests[0], later: plainLater, identities: [] },
      encrypted: {
        objects: encrypted,
        manifest: manifests[1],
        later: encryptedLater,
        identities: [identity],
      },
    };
  } finally {
    await school.close();
  }
  empties = [await createEmptyDatabase(), await createEmptyDatabase()];
});
afterAll(async () => {
  for (const empty of empties) await empty.close();
});

/** Changes something; `undefined` when these numbers change nothing. Numbers are taken modulo what there is. */
type Corruption = (archive: Archive, objects: Objects, a: number, b: number) => string | undefined;

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
const parts = (objects: Objects): string[] => [...objects.keys()].filter((key) => key.includes("/parts/"));
/** Everything that is read: who began it, and when, is not. */
const keys = (objects: Objects): string[] => [...parts(objects), `${PATH}/manifest.json`];
const changed = (objects: Objects, key: string, bytes: Buffer): string | undefined => {
  if (objects.get(key)?.equals(bytes)) return undefined;
  objects.set(key, bytes);
  return key;
};

const CORRUPTIONS: Readonly<Record<string, Corruption>> = {
  "a byte is another": (_, objects, a, b) => {
    const key = pick(keys(objects), a);
    const bytes = Buffer.from(objects.get(key) as Buffer);
    const at = b % bytes.length;
    bytes[at] = (bytes[at] as number) ^ (1 + ((a >> 8) % 255));
    return changed(objects, key, bytes);
  },
  "the end is missing": (_, objects, a, b) => {
    const key = pick(keys(objects), a);
    const bytes = objects.get(key) as Buffer;
    return changed(objects, key, bytes.subarray(0, b % bytes.length));
  },
  "something follows": (_, objects, a, b) => {
    const key = pick(keys(objects), a);
    const bytes = objects.get(key) as Buffer;
    const more = b % 3 === 0 ? bytes : Buffer.alloc(1 + (b % 200_000), b % 256);
    return changed(objects, key, Buffer.concat([bytes, more]));
  },
  "a block is zeros, as a disk may give it": (_, objects, a, b) => {
    const key = pick(parts(objects), a);
    const bytes = Buffer.from(objects.get(key) as Buffer);
    bytes
      .subarray(b % bytes.length)
      .subarray(0, 4_096)
      .fill(0);
    return changed(objects, key, bytes);
  },
  "two parts have changed places": (_, objects, a, b) => {
    const [one, other] = [pick(parts(objects), a), pick(parts(objects), b)];
    const bytes = objects.get(one) as Buffer;
    if (changed(objects, one, objects.get(other) as Buffer) === undefined) return undefined;
    return changed(objects, other, bytes);
  },
  "a part is missing": (_, objects, a) => {
    const key = pick(parts(objects), a);
    objects.delete(key);
    return key;
  },
  "a part is of another backup": ({ later }, objects, a) => {
    const key = pick(parts(objects), a);
    return changed(objects, key, later.get(key) as Buffer);
  },
  "the manifest is of another backup": ({ later }, objects) =>
    changed(objects, `${PATH}/manifest.json`, later.get(`${PATH}/manifest.json`) as Buffer),
  "the manifest was edited": ({ manifest }, objects, a, b) =>
    changed(objects, `${PATH}/manifest.json`, Buffer.from(manifestText(edited(manifest, a, b)))),
  "the manifest was edited, and its digest as well": ({ manifest }, objects, a, b) => {
    const { digest: _, ...rest } = edited(manifest, a, b, true);
    return changed(objects, `${PATH}/manifest.json`, Buffer.from(manifestText(sealed(rest))));
  },
};

/** A manifest that says something else. With `telling`, none that would be as true as the first. */
function edited(manifest: Manifest, a: number, b: number, telling = false): Manifest {
  const at = a % manifest.parts.length;
  const part = manifest.parts[at] as Part;
  const other = pick(manifest.parts, at + 1 + (b % (manifest.parts.length - 1)));
  const withPart = (change: Partial<Part>): Manifest => {
    const list = manifest.parts.with(at, { ...part, ...change });
    const total = (field: "rows" | "storedBytes"): number => list.reduce((sum, one) => sum + one[field], 0);
    return { ...manifest, parts: list, rows: total("rows"), storedBytes: total("storedBytes") };
  };
  const less = manifest.parts.toSpliced(at, 1);
  const edits: (() => Manifest)[] = [
    () => withPart({ rows: part.rows + 1 }),
    () => withPart({ bytes: part.bytes + (b % 2 === 0 ? 1 : -1) }),
    () => withPart({ storedBytes: part.storedBytes + (b % 2 === 0 ? 1 : -1) }),
    () => withPart({ sha256: other.sha256 }),
    () => withPart({ storedSha256: other.storedSha256 }),
    () => withPart({ key: other.key }),
    () => withPart({ key: `../../other/site/parts/${part.table}.copy.zst` }),
    () => withPart({ table: other.table }),
    () => withPart({ table: "pg_authid" }),
    () => withPart({ columns: part.columns.slice(1) }),
    () => withPart({ columns: [...part.columns, "more"] }),
    () => ({
      ...manifest,
      parts: less,
      rows: manifest.rows - part.rows,
      storedBytes: manifest.storedBytes - part.storedBytes,
    }),
    () => ({ ...manifest, parts: less }),
    () => ({ ...manifest, sequences: manifest.sequences.slice(1) }),
    () => ({ ...manifest, schemaVersion: manifest.schemaVersion + 1 }),
    () => ({ ...manifest, id: "nightly-2" }),
    () => ({ ...manifest, path: "academy/other/nightly-1", site: "academy/other" }),
    () => ({ ...manifest, format: "provost-backup/2" as Manifest["format"] }),
    () => ({ ...manifest, encrypted: !manifest.encrypted }),
    () => ({ ...manifest, parts: null as never }),
  ];
  if (!telling)
    edits.push(
      () => ({ ...manifest, parts: manifest.parts.toReversed() }),
      () => ({ ...manifest, takenAt: manifest.completedAt + "0" }),
    );
  return pick(edits, b >> 4)();
}

async function restore(
  { identities }: Archive,
  objects: Objects,
  { config }: TestDatabase,
): Promise<unknown> {
  const destination = createMemoryDestination(objects);
  const manifest = await readManifest(destination, PATH);
  return restoreBackup({ destination, manifest, database: config, identities });
}

const TABLES = `SELECT count(*) AS tables FROM pg_class WHERE relkind IN ('r', 'S', 'v')
  AND relnamespace = 'public'::regnamespace`;

test(`${RUNS} ways to be corrupted are refused, and the database stays as empty as it was`, async () => {
  const refusals = new Map<string, number>();
  const number = fc.nat(2 ** 31 - 1);
  const ways = fc.tuple(
    fc.constantFrom(...CASES),
    fc.constantFrom(...Object.keys(CORRUPTIONS)),
    number,
    number,
  );
  // More than are needed: some change nothing.
  const tries = fc.sample(ways, 2 * RUNS).values();
  let refused = 0;
  const lane = async (empty: TestDatabase): Promise<void> => {
    for (const [kind, name, a, b] of tries) {
      const archive = archives[kind];
      const objects = new Map(archive.objects);
      const where = CORRUPTIONS[name]?.(archive, objects, a, b);
      if (where === undefined) continue;
      if (++refused > RUNS) return;
      const error = await restore(archive, objects, empty).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      const words = `${kind}, ${name}, ${a}, ${b}, in ${where}: ${String(error)}`;
      // A refusal in our words, and not a program that stumbles.
      expect(error instanceof BackupError || error instanceof DestinationError, words).toBe(true);
      expect(await empty.db.first(TABLES), words).toEqual({ tables: 0 });
      refusals.set(name, (refusals.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(empties.map(lane));
  const told = [...refusals].map(([name, count]) => `${count} × ${name}`).sort();
  const total = [...refusals.values()].reduce((sum, count) => sum + count);
  console.error(`${total} corruptions refused: ${told.join(", ")}`);
  expect(total).toBe(RUNS);
  expect([...refusals.keys()].sort()).toEqual(Object.keys(CORRUPTIONS).sort());
}, 120_000);

test("what was not touched is restored after all that", async () => {
  for (const [at, kind] of CASES.entries()) {
    const { manifest, objects } = archives[kind];
    await checkStored(createMemoryDestination(objects), manifest);
    expect(await restore(archives[kind], objects, empties[at] as TestDatabase)).toMatchObject({
      rows: manifest.rows,
    });
  }
});

test("a check without a key names every part that is not as it was written", async () => {
  const { manifest, objects } = archives.encrypted;
  const damaged = new Map(objects);
  const [first, second, third] = parts(objects) as [string, string, string];
  damaged.set(first, (objects.get(first) as Buffer).subarray(1));
  damaged.delete(second);
  const flipped = Buffer.from(objects.get(third) as Buffer);
  flipped[flipped.length - 1] = (flipped.at(-1) as number) ^ 1;
  damaged.set(third, flipped);
  const short = (key: string): string => key.slice(PATH.length + 1);
  await expect(checkStored(createMemoryDestination(damaged), manifest)).rejects.toMatchObject({
    reason: "Corrupted",
    message: expect.stringMatching(
      new RegExp(
        `${short(first)} has \\d+ bytes instead of \\d+; ${short(second)} is missing; ${short(third)} has another sha256; use another backup`,
      ),
    ) as string,
  });
});
