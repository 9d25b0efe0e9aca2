// Tells when manifests on disk change, so that saving a file is as good as `kubectl apply`.
import { type FSWatcher, watch } from "node:fs";

/** Editors write in several steps (truncate, write, rename): one call after this much quiet. */
const QUIET_MS = 80;

/** Calls back after changes at or below the paths have settled. Returns the function that stops watching. */
export function watchFiles(paths: readonly string[], onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  };
  const watchers: FSWatcher[] = paths.map((path) => watch(path, { recursive: true }, settle));
  for (const watcher of watchers) watcher.on("error", () => watcher.close());
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
