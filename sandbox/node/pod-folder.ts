// What a pod has on disk: `<data>/pods/<uid>` with its volumes, its scratch folder and its logs.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { removeFolder } from "./reachable.ts";

export const podFolder = (dataDir: string, uid: string): string => join(dataDir, "pods", uid);

/** Removes all of a pod's folders, also those that were placed elsewhere for other users. */
export function removePodFolder(folder: string): void {
  const volumes = join(folder, "volumes");
  if (existsSync(volumes)) for (const name of readdirSync(volumes)) removeFolder(join(volumes, name));
  const scratch = join(folder, "scratch");
  if (existsSync(scratch)) for (const name of readdirSync(scratch)) removeFolder(join(scratch, name));
  removeFolder(scratch);
  removeFolder(folder);
}

/** Removes the folders of pods that went while no sandbox ran. */
export function removeForgottenPods(dataDir: string, uids: ReadonlySet<string>): void {
  const all = join(dataDir, "pods");
  if (!existsSync(all)) return;
  for (const uid of readdirSync(all)) if (!uids.has(uid)) removePodFolder(join(all, uid));
}
