// What only one object may have: its own name, a site's hostname, a course's key on its site.
import { type Catalogue, courseKey, type Given, kindName, tenantOf } from "./catalogue.ts";
import { type FieldPath, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";

/** A claim of an object to something that is its alone; `say` words what is wrong when `earlier` has it already. */
interface Claim {
  readonly id: string;
  readonly path: FieldPath;
  readonly say: (earlier: Given) => string;
}

/** Faults of objects that claim what an earlier one has, told at the later one. */
export function uniquenessFaults(catalogue: Catalogue): Map<Given, Fault[]> {
  const faults = new Map<Given, Fault[]>();
  const holders = new Map<string, Given>();
  for (const given of catalogue.all)
    for (const { id, path, say } of claims(given)) {
      const earlier = holders.get(id);
      if (earlier === undefined) holders.set(id, given);
      // One object given twice has the same hostname and key, of course.
      else if (path[0] === "metadata" || !isSameObject(earlier, given))
        faults.set(given, [...(faults.get(given) ?? []), { path, message: say(earlier) }]);
    }
  return faults;
}

function claims(given: Given): Claim[] {
  const { entry, namespace } = given;
  if (entry.name === "" || entry.kind === "") return [];
  const kind = kindName(given);
  const where = namespace === "" ? entry.name : `${namespace}/${entry.name}`;
  return [
    {
      id: JSON.stringify([kind, namespace, entry.name]),
      path: ["metadata", "name"],
      say: (earlier) =>
        `${entry.kind} ${where} stands also at ${earlier.entry.place}: remove one of them, or give it another name`,
    },
    ...hostnameClaim(given),
    ...courseKeyClaim(given),
  ];
}

function hostnameClaim({ entry, kind }: Given): Claim[] {
  const path = ["spec", "hostname"];
  const hostname = valueAt(entry.value, path);
  if (kind?.kind !== "LmsTenant" || typeof hostname !== "string" || hostname === "") return [];
  return [
    {
      id: JSON.stringify(["hostname", hostname.toLowerCase()]),
      path,
      say: (earlier) =>
        `"${hostname}" is also the hostname of LmsTenant ${earlier.namespace}/${earlier.entry.name} (${earlier.entry.place}): choose another`,
    },
  ];
}

function courseKeyClaim(given: Given): Claim[] {
  const tenant = given.kind?.kind === "Course" ? tenantOf(given) : undefined;
  if (!tenant) return [];
  const key = courseKey(given);
  return [
    {
      id: JSON.stringify(["course", tenant.namespace, tenant.name, key]),
      path: ["spec", "key"],
      say: (earlier) =>
        `"${key}" is also the key of Course ${earlier.namespace}/${earlier.entry.name} (${earlier.entry.place}) on LmsTenant ${tenant.namespace}/${tenant.name}: choose another spec.key`,
    },
  ];
}

const isSameObject = (a: Given, b: Given): boolean =>
  a.namespace === b.namespace && a.entry.name === b.entry.name && a.kind === b.kind;
