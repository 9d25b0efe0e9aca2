// Reads what is to be validated: files, folders, standard input. Judges nothing.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { manifestFiles } from "../sandbox/manifests.ts";
import { UsageError } from "../usage-error.ts";
import type { Source } from "./document.ts";

/** The name findings in standard input carry. */
export const STDIN = "<stdin>";

/** The texts at the paths, `-` for standard input. Throws UsageError when a path leads nowhere or to nothing. */
export async function readSources(paths: readonly string[], stdin: NodeJS.ReadableStream): Promise<Source[]> {
  const files = await manifestFiles(paths.filter((path) => path !== "-"));
  if (files.length === 0 && !paths.includes("-"))
    throw new UsageError(`there is no .yaml, .yml or .json file in ${paths.join(", ")}: correct the path`);
  const sources: Source[] = paths.includes("-") ? [{ file: STDIN, text: await text(stdin) }] : [];
  for (const file of files) sources.push({ file, text: await readFile(file, "utf8") });
  return sources;
}
