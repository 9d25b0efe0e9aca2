// There are no mount namespaces here: where a container would see a folder under its mount path, the path itself is
// replaced, in env values, command and arguments, by the folder on this machine.

/** Mount path -> folder. */
export type MountMap = ReadonlyMap<string, string>;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** `text` with every mount path that stands as (the beginning of) a path replaced; the longest path wins. */
export function rewriteMounts(text: string, mounts: MountMap): string {
  const paths = [...mounts.keys()].filter((path) => path !== "/" && path !== "");
  if (paths.length === 0) return text;
  const longestFirst = paths
    .sort((a, b) => b.length - a.length)
    .map(escaped)
    .join("|");
  // Not in the middle of a longer path or name, before or after.
  const pattern = new RegExp(`(?<![\\w./-])(${longestFirst})(?![\\w.-])`, "g");
  return text.replace(pattern, (path) => mounts.get(path) ?? path);
}
