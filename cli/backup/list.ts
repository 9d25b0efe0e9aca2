// What `provost backup list` prints.
import { siteName } from "../../lms/backup/settings.ts";
import { listBackups } from "../../lms/backup/catalog.ts";
import { UsageError } from "../usage-error.ts";
import { at } from "./location.ts";
import { ageText, sizeText, table } from "../table.ts";

export interface ListOptions {
  readonly location: string;
  readonly site?: string;
  readonly output: "text" | "json";
}

const HEADINGS = [
  "SITE",
  "ID",
  "TAKEN",
  "AGE",
  "SIZE",
  "ROWS",
  "FILES",
  "ENCRYPTED",
  "ORIGIN",
  "VERIFIED",
] as const;

/** Prints the backups of a location. */
export async function list({ location, site, output }: ListOptions): Promise<void> {
  if (site !== undefined) checkSite(site);
  const found = await at(location, (destination) => listBackups(destination, site));
  if (output === "json") process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  else print(found, location);
}

function checkSite(site: string): void {
  try {
    siteName(site);
  } catch (error) {
    throw new UsageError(`--site ${site}: ${(error as Error).message}`);
  }
}

type Listing = Awaited<ReturnType<typeof listBackups>>;

function print({ complete, incomplete, broken }: Listing, location: string): void {
  const rows = [
    ...complete.map(({ manifest, verified }) => [
      manifest.site,
      manifest.id,
      manifest.takenAt.slice(0, 19).concat("Z"),
      ageText(Date.now() - Date.parse(manifest.takenAt)),
      sizeText(manifest.storedBytes),
      manifest.rows.toLocaleString("en-US"),
      manifest.files.toLocaleString("en-US"),
      manifest.encrypted ? "yes" : "no",
      manifest.origin,
      verified ? verified.verifiedAt.slice(0, 10) : "never",
    ]),
    ...incomplete.map(({ site, id }) => [site, id, "incomplete"]),
    ...broken.map(({ site, id }) => [site, id, "broken"]),
  ].sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0));
  if (rows.length === 0) console.error(`no backups in ${location}`);
  else process.stdout.write(table(HEADINGS, rows));
  for (const { site, id, why } of broken) console.error(`${site}/${id} is broken: ${why}`);
}
