// Whether a tenant's version is one that its catalog has.
import type { Catalogue, Given } from "./catalogue.ts";
import { type FieldPath, isMapping, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { didYouMean, listed } from "./suggest.ts";

const VERSION: FieldPath = ["spec", "version"];
const CATALOG: FieldPath = ["spec", "update", "catalogRef", "name"];

/** Faults of a tenant's choice of a release. */
export function releaseFaults({ entry }: Given, catalogue: Catalogue): Fault[] {
  const { value } = entry;
  const version = valueAt(value, VERSION);
  const policy = valueAt(value, ["spec", "update", "policy"]) ?? "Manual";
  if (!isMapping(valueAt(value, ["spec", "update"])) || (policy === "Manual" && version === undefined))
    return [];
  const named = valueAt(value, CATALOG);
  const name = typeof named === "string" ? named : "provost";
  const catalog = catalogue.ofKind("ReleaseCatalog").find((given) => given.entry.name === name);
  const path = named === undefined ? VERSION.slice(0, version === undefined ? 1 : 2) : CATALOG;
  if (!catalog)
    return [
      {
        path,
        message: `ReleaseCatalog ${name} is not among the given manifests: give its file too, or make sure that the cluster has it`,
        severity: "warning",
      },
    ];
  const releases = valueAt(catalog.entry.value, ["spec", "releases"]);
  if (typeof version !== "string" || !Array.isArray(releases)) return [];
  const versions = releases.flatMap((release: unknown) => {
    const found = valueAt(release, ["version"]);
    return typeof found === "string" ? [found] : [];
  });
  if (versions.includes(version)) return [];
  const remedy = didYouMean(
    version,
    versions,
    `add it there (${catalog.entry.place}), or name one it has: ${listed(versions)}`,
  );
  return [{ path: VERSION, message: `ReleaseCatalog ${name} has no release ${version}: ${remedy}` }];
}
