// Tells when manifests on disk change, so that saving a file is as good as `kubectl apply`.
import { watch } from "chokidar";

/** Editors write in several steps (truncate, write, rename): one call after this much quiet. */
const QUIET_MS = 80;

/**
 * Calls back after changes at or below the paths have settled, however an editor saves: in place, or by renaming a new
 * file over the old one. `onError` hears when the machine cannot watch them (too many watched files); changes are not seen then.
 * Returns the function that stops watching.
 */
export function watchFiles(
  paths: readonly string[],
  onChange: () => void,
  onError: (error: Error) => void,
): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch([...paths], { ignoreInitial: true, followSymlinks: true });
  watcher.on("all", () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  });
  watcher.on("error", (error) => onError(error instanceof Error ? error : new Error(String(error))));
  return async () => {
    clearTimeout(timer);
    await watcher.close();
  };
}
