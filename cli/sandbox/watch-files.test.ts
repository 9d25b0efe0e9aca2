import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { watchFiles } from "./watch-files.ts";

let folder: string;
let calls: number;
let stop: () => Promise<void>;

async function watching(path: string): Promise<void> {
  stop = watchFiles(
    [path],
    () => calls++,
    (error) => expect(error).toBeUndefined(),
  );
  // The first look at the folder is not a change.
  await sleep(500);
  expect(calls).toBe(0);
}

async function seen(save: () => Promise<void>): Promise<void> {
  const before = calls;
  await save();
  await expect.poll(() => calls, { timeout: 20_000 }).toBeGreaterThan(before);
  await sleep(200);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "provost-watch-"));
  await writeFile(join(folder, "site.yaml"), "a: 1\n");
  calls = 0;
});

afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});

/** As `sed -i` and many editors save. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

test("a file below a folder is seen each time it is replaced or written in place, and so are new and removed ones", async () => {
  const file = join(folder, "site.yaml");
  await watching(folder);
  for (let i = 0; i < 3; i++) await seen(() => replace(file, `a: ${i} replaced\n`));
  for (let i = 0; i < 2; i++) await seen(() => writeFile(file, `a: ${i} written\n`));
  await seen(() => writeFile(join(folder, "course.yaml"), "b: 1\n"));
  await seen(() => rm(join(folder, "course.yaml")));
});

test("a file that is named itself is seen each time it is replaced", async () => {
  const file = join(folder, "site.yaml");
  await watching(file);
  for (let i = 0; i < 3; i++) await seen(() => replace(file, `a: ${i}\n`));
});
