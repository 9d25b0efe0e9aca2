// What a tenant contradicts itself in, beyond its schema: the runtime would refuse it after the API server took it.
import { type FieldPath, isMapping, valueAt } from "./field-path.ts";
import type { Fault } from "./finding.ts";
import { didYouMean, listed, nearest } from "./suggest.ts";

/** Unknown time zones, addresses that two accounts share, members of groups who have no account. */
export function tenantFaults(value: unknown): Fault[] {
  return [
    ...TIME_ZONES.flatMap((path) => timeZoneFaults(value, path)),
    ...emailFaults(value),
    ...memberFaults(value),
  ];
}

const TIME_ZONES: readonly FieldPath[] = [
  ["spec", "site", "timeZone"],
  ["spec", "backup", "timeZone"],
  ["spec", "update", "window", "timeZone"],
  ["spec", "sleep", "timeZone"],
];

function timeZoneFaults(value: unknown, path: FieldPath): Fault[] {
  const zone = valueAt(value, path);
  // What is not even a name of a zone, the schema has told.
  if (typeof zone !== "string" || !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone) || isTimeZone(zone)) return [];
  const near = nearest(zone, Intl.supportedValuesOf("timeZone"));
  const remedy =
    near === undefined ? "use an IANA name such as Europe/Berlin, or UTC" : `did you mean "${near}"?`;
  return [{ path, message: `"${zone}" is not a time zone: ${remedy}` }];
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function emailFaults(value: unknown): Fault[] {
  const first = new Map<string, string>();
  return entries(value, "users").flatMap((user, i) => {
    const { email, name } = user;
    if (typeof email !== "string") return [];
    const holder = first.get(email.toLowerCase());
    first.set(email.toLowerCase(), holder ?? String(name));
    if (holder === undefined || holder === name) return [];
    return [
      {
        path: ["spec", "users", i, "email"],
        message: `"${email}" is also the address of user "${holder}": addresses are unique on a site, choose another`,
      },
    ];
  });
}

function memberFaults(value: unknown): Fault[] {
  const users = names(value, "users", "name");
  if (users === undefined) return [];
  return entries(value, "groups").flatMap((group, g) => {
    const members = Array.isArray(group["members"]) ? (group["members"] as unknown[]) : [];
    return members.flatMap((member, m) =>
      typeof member !== "string" || member === "" || users.includes(member)
        ? []
        : [
            {
              path: ["spec", "groups", g, "members", m],
              message: `the tenant declares no user "${member}": ${didYouMean(member, users, `add it to spec.users or remove it here (users: ${listed(users)})`)}`,
            },
          ],
    );
  });
}

/** The entries of a list of the tenant's spec; those that are no mapping are empty ones, so that indexes hold. */
function entries(value: unknown, list: string): Record<string, unknown>[] {
  const found = valueAt(value, ["spec", list]);
  return Array.isArray(found) ? found.map((entry: unknown) => (isMapping(entry) ? entry : {})) : [];
}

/**
 * The values of one text field of the entries of a list of the tenant's spec; undefined when it is no list, so that
 * one slip of the tenant's is not told again at everything that refers to it.
 */
export function names(
  value: unknown,
  list: "users" | "groups" | "roles" | "categories",
  field: string,
): string[] | undefined {
  const found = valueAt(value, ["spec", list]) ?? [];
  if (!Array.isArray(found)) return undefined;
  return entries(value, list).flatMap((entry) => (typeof entry[field] === "string" ? [entry[field]] : []));
}
