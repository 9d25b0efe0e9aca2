// What a file system refuses, in words that say what to do.
import { stat } from "node:fs/promises";
import { DestinationError } from "./destination.types.ts";

export const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? "";

type Refusal = readonly [reason: DestinationError["reason"], remedy: string];

const FULL: Refusal = ["DestinationFull", "make room, raise the quota, or keep fewer backups"];
const DENIED: Refusal = ["DestinationDenied", "let this user read and write there, and mount it for writing"];
const SILENT: Refusal = [
  "DestinationUnreachable",
  "check the disk, or the share and the way to it, then try again",
];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: DENIED,
  EIO: SILENT,
  ESTALE: SILENT,
  ENXIO: SILENT,
  ENODEV: SILENT,
  ETIMEDOUT: SILENT,
  EHOSTDOWN: SILENT,
};

/** The error a caller sees: what was tried, what the system said, what to do. */
export async function explainFolder(error: unknown, doing: string, root: string): Promise<unknown> {
  const code = codeOf(error);
  const refused = ([reason, remedy]: Refusal): DestinationError =>
    new DestinationError(reason, `${doing} in ${root}: ${code}; ${remedy}`, { cause: error });
  const known = REFUSALS[code];
  if (known) return refused(known);
  if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EISDIR") return error;
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory())
    return refused(["DestinationMissing", "create this folder, mount it, or correct the location"]);
  return refused(["NotFound", "look at what there is: provost backup list"]);
}
