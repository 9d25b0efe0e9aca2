// Which installed packages the LMS and the operator need at run time, by the lock file. Pure.

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The part of package-lock.json (lockfileVersion 3) that is looked at. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/**
 * Folders (`node_modules/…`) of everything the project's `dependencies` pull in, without the project's own optional
 * packages, which are for laptops, and without `leaveOut` and what only those need. Sorted.
 */
export function productionPackages(lock: Lockfile, leaveOut: RegExp): string[] {
  const found = new Set<string>();
  const queue: string[] = [];
  const need = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const folder = resolve(lock, from, name);
      if (folder === undefined || found.has(folder)) continue;
      found.add(folder);
      queue.push(folder);
    }
  };
  const project = Object.keys(lock.packages[""]?.dependencies ?? {});
  need(
    "",
    project.filter((name) => !leaveOut.test(name)),
  );
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    const entry = lock.packages[folder] ?? {};
    const peers = Object.keys(entry.peerDependencies ?? {});
    need(folder, [
      ...Object.keys(entry.dependencies ?? {}),
      ...Object.keys(entry.optionalDependencies ?? {}),
      ...peers.filter((name) => !entry.peerDependenciesMeta?.[name]?.optional),
    ]);
  }
  return [...found].sort();
}

/** Node's own search: the nearest `node_modules` upwards that has the package. */
function resolve(lock: Lockfile, from: string, name: string): string | undefined {
  for (let at = from; ;) {
    const candidate = `${at === "" ? "" : `${at}/`}node_modules/${name}`;
    if (lock.packages[candidate]) return candidate;
    if (at === "") return undefined;
    const up = at.lastIndexOf("/node_modules/");
    at = up === -1 ? "" : at.slice(0, up);
  }
}
