// Whether Backups and Restores point at something: their tenant, which has to say where backups lie, and a Backup.
import { type Catalogue, type Given, tenantOf } from "./catalogue.ts";
import { type FieldPath, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { absentTenant } from "./references.ts";
import { didYouMean } from "./suggest.ts";

/** Faults of one Backup's or Restore's references. */
export function runReferenceFaults(given: Given, catalogue: Catalogue): Fault[] {
  const ref = tenantOf(given);
  if (!ref) return [];
  const tenant = catalogue.find("LmsTenant", ref.namespace, ref.name);
  const ofTenant = tenant ? destinationFaults(given, tenant) : [absentTenant(ref, catalogue)];
  return [...ofTenant, ...backupFaults(given, ["spec", "source", "backupRef", "name"], catalogue)];
}

/** A backup goes where its tenant says, and so does the safety backup of a restore in place. */
function destinationFaults({ kind, entry }: Given, tenant: Given): Fault[] {
  const needed = kind?.kind === "Backup" || valueAt(entry.value, ["spec", "mode"]) === "InPlace";
  if (!needed || valueAt(tenant.entry.value, ["spec", "backup"]) !== undefined) return [];
  return [
    {
      path: ["spec", "tenantRef", "name"],
      message: `LmsTenant ${tenant.namespace}/${tenant.entry.name} does not say where backups lie: set its spec.backup.destination (${tenant.entry.place})`,
    },
  ];
}

/** A Backup that is named at `path`. */
export function backupFaults(given: Given, path: FieldPath, catalogue: Catalogue): Fault[] {
  const name = valueAt(given.entry.value, path);
  if (typeof name !== "string" || name === "") return [];
  if (catalogue.find("Backup", given.namespace, name)) return [];
  const known = catalogue
    .ofKind("Backup")
    .filter(({ namespace }) => namespace === given.namespace)
    .map(({ entry }) => entry.name);
  const remedy = didYouMean(name, known, "give its file too, or make sure that the cluster has it");
  return [
    {
      path,
      message: `Backup ${given.namespace}/${name} is not among the given manifests: ${remedy}`,
      severity: "warning",
    },
  ];
}
