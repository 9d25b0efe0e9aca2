// A folder as a destination. A key is a file below it, whole or not there; what a crash leaves has names of its own.
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { unlessAborted } from "../db/abort.ts";
import type { Destination, StoredObject } from "./destination.types.ts";
import { codeOf, explainFolder } from "./folder-errors.ts";

/** Of a file that is being written; nobody's key ends like this. */
const UNFINISHED = /^\..*\.[0-9a-f]{12}\.part$/;
/** Nobody pauses for this long in the middle of a file: who wrote it is dead. */
const DEAD_AFTER_MS = 24 * 3_600_000;
/** Backups hold personal data. Their group may read them: what a volume's files belong to on Kubernetes. */
const [FILE_MODE, FOLDER_MODE] = [0o640, 0o750];

/**
 * The folder at `root`, which must exist: a disk that is not mounted must not be mistaken for an empty one. Folders below
 * it come and go with their files. A write is on the disk, with its name, when it resolves.
 */
export function createFolderDestination(folder: string): Destination {
  const root = path.resolve(folder);
  /** Does `work`, and tells its failure in our words. */
  const tried = async <T>(doing: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw await explainFolder(error, doing, root);
    }
  };

  return {
    text: folder,
    async write(key, content, signal) {
      const file = fileOf(root, key);
      const doing = `writing ${key}`;
      const beside = path.join(
        path.dirname(file),
        `.${path.basename(file)}.${randomBytes(6).toString("hex")}.part`,
      );
      // Whatever the content waits for, an abort ends it; also before anybody reads it, who would hear of it.
      content.on("error", () => {});
      if (signal) addAbortSignal(signal, content);
      let handle: FileHandle | undefined;
      try {
        signal?.throwIfAborted();
        handle = await tried(doing, create(root, beside));
        let bytes = 0;
        const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
        for (;;) {
          // A stream that waits for something cannot be ended while it does.
          const next = await unlessAborted(chunks.next(), signal);
          if (next.done) break;
          const chunk = typeof next.value === "string" ? Buffer.from(next.value) : next.value;
          await tried(doing, writeAll(handle, chunk));
          bytes += chunk.length;
        }
        // A full disk, and a failing one, may tell it here only.
        await tried(doing, handle.sync());
        await tried(doing, handle.close());
        signal?.throwIfAborted();
        await tried(doing, rename(beside, file));
        await tried(doing, syncFolder(path.dirname(file)));
        return bytes;
      } catch (error) {
        await handle?.close().catch(() => {});
        if (handle) await unlink(beside).catch(() => {});
        signal?.throwIfAborted();
        throw error;
      } finally {
        content.destroy();
      }
    },
    async read(key, signal) {
      signal?.throwIfAborted();
      return tried(`reading ${key}`, openStream(fileOf(root, key), signal));
    },
    async *list(prefix, signal): AsyncGenerator<StoredObject> {
      const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      if (folder !== "") fileOf(root, folder.slice(0, -1));
      await tried(`listing ${prefix}`, stat(root));
      for await (const object of walk(root, folder, prefix, signal, (work) =>
        tried(`listing ${prefix}`, work),
      ))
        yield object;
    },
    async remove(key, signal) {
      signal?.throwIfAborted();
      const file = fileOf(root, key);
      await tried(`removing ${key}`, stat(root));
      try {
        await unlink(file);
      } catch (error) {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return;
        throw await explainFolder(error, `removing ${key}`, root);
      }
      await removeEmpty(root, path.dirname(file));
    },
    close: () => Promise.resolve(),
  };
}

/** @throws Error for a key that is not one, such as one that leads out of the folder */
function fileOf(root: string, key: string): string {
  const names = key.split("/");
  if (names.some((name) => name === "" || name === "." || name === ".." || /[\0\\]/.test(name)))
    throw new Error(`"${key}" is not a key: give names with slashes between them`);
  if (UNFINISHED.test(names.at(-1) ?? "")) throw new Error(`"${key}" is the name of an unfinished file`);
  return path.join(root, ...names);
}

/** A new file, with the folders it lies in. Somebody may just be removing them, because they are empty. */
async function create(root: string, file: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt++)
    try {
      await makeFolders(root, path.dirname(file));
      return await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, FILE_MODE);
    } catch (error) {
      if (codeOf(error) !== "ENOENT" || attempt === 5) throw error;
      await stat(root);
    }
}

async function makeFolders(root: string, folder: string): Promise<void> {
  if (folder === root) return void (await stat(root));
  try {
    await mkdir(folder, FOLDER_MODE);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    if (codeOf(error) !== "ENOENT") throw error;
    await makeFolders(root, path.dirname(folder));
    await mkdir(folder, FOLDER_MODE).catch((again: unknown) => {
      if (codeOf(again) !== "EEXIST") throw again;
    });
  }
  await syncFolder(path.dirname(folder));
}

async function writeAll(handle: FileHandle, buffer: Uint8Array): Promise<void> {
  for (let at = 0; at < buffer.length;) at += (await handle.write(buffer, at)).bytesWritten;
}

/** A name is on the disk when its folder is. Some file systems (SMB, FUSE) know no such thing, and say so. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EBADF"].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

async function openStream(file: string, signal: AbortSignal | undefined): Promise<Readable> {
  const handle = await open(file, constants.O_RDONLY);
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw Object.assign(new Error("it is a folder"), { code: "ENOENT" });
  }
  return handle.createReadStream({ highWaterMark: 256 * 1024, ...(signal && { signal }) });
}

/** Files below `folder` ("" or with a slash at its end) whose key begins with `prefix`, in the order of their bytes. */
async function* walk(
  root: string,
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
  tried: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<StoredObject> {
  signal?.throwIfAborted();
  const entries = await tried(entriesOf(root, folder));
  const named = entries.map((entry) => ({
    entry,
    key: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`,
  }));
  named.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  for (const { entry, key } of named) {
    if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
    if (entry.isDirectory()) {
      yield* walk(root, key, prefix, signal, tried);
      continue;
    }
    if (!entry.isFile()) continue;
    const file = path.join(root, key);
    const found = await tried(stat(file).catch(unlessGone));
    if (!found) continue;
    if (!UNFINISHED.test(entry.name)) yield { key, bytes: found.size };
    // Where a list may be read only, remains stay.
    else if (Date.now() - found.mtimeMs > DEAD_AFTER_MS) await unlink(file).catch(() => {});
  }
}

async function entriesOf(root: string, folder: string) {
  try {
    return await readdir(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    // At the top of a volume, and root's alone.
    if (folder === "lost+found/") return [];
    return unlessGone(error) ?? [];
  }
}

/** Others may remove what we are looking at. */
function unlessGone(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
}

/** The name that is gone has to stay gone, and with the last one goes its folder. */
async function removeEmpty(root: string, folder: string): Promise<void> {
  await syncFolder(folder).catch(unlessGone);
  for (let at = folder; at !== root; at = path.dirname(at))
    try {
      await rmdir(at);
    } catch {
      return;
    }
}
