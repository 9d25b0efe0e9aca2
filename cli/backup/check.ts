// What `provost backup check` does.
import { checkStored, readManifest } from "../../lms/backup/archive-read.ts";
import { listBackups } from "../../lms/backup/catalog.ts";
import type { Destination } from "../../lms/backup/destination.types.ts";
import { UsageError } from "../usage-error.ts";
import { at } from "./location.ts";
import { sizeText } from "../table.ts";

export interface CheckOptions {
  readonly location: string;
  readonly path?: string;
  readonly id?: string;
}

/** Reads everything that is stored of one backup; rejects with what is not as it was written. */
export async function check({ location, path, id }: CheckOptions): Promise<void> {
  if ((path === undefined) === (id === undefined))
    throw new UsageError("check needs --path or --id, one of them: provost backup list tells both");
  await at(location, async (destination, signal) => {
    const manifest = await readManifest(
      destination,
      path === undefined ? await pathOf(destination, id) : folder(path),
    );
    await checkStored(destination, manifest, signal);
    const { parts, storedBytes, rows } = manifest;
    console.log(
      `${manifest.path} is whole: ${parts.length} parts, ${sizeText(storedBytes)}, ${rows.toLocaleString("en-US")} rows, as its manifest says`,
    );
  });
}

/** `namespace/name/id`, also with slashes around it. @throws UsageError */
export function folder(path: string): string {
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  const parts = trimmed.split("/");
  if (parts.length === 3 && parts.every((part) => part !== "" && part !== "." && part !== ".."))
    return trimmed;
  throw new UsageError(
    `--path ${path}: give the folder of a backup below the location, such as academy/main/nightly-1`,
  );
}

async function pathOf(destination: Destination, id: string | undefined): Promise<string> {
  const { complete } = await listBackups(destination);
  const paths = complete.filter(({ manifest }) => manifest.id === id).map(({ manifest }) => manifest.path);
  const [only, ...more] = paths;
  if (only === undefined)
    throw new Error(`there is no complete backup ${id} in ${destination.text}: look at provost backup list`);
  if (more.length === 0) return only;
  throw new UsageError(
    `--id ${id} is a backup of several sites: give one of --path ${paths.join(", --path ")}`,
  );
}
