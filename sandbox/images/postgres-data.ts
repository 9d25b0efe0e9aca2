// The data folder of a PostgreSQL container: made on the first start, found whole or not at all afterwards.
//
//   nothing --initdb, password, database--> .initialising --rename--> .initialised --moved up--> PG_VERSION
//
// A start that was killed in the first part begins again; one killed while moving goes on moving. PG_VERSION is moved
// last: it is what says that the folder is complete.
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { chmod, chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerStart } from "../node/images.ts";
import type { PostgresPrograms } from "./postgres-binaries.ts";
import type { PostgresSettings } from "./postgres-settings.ts";
import { firstCommands, hostRules } from "./postgres-settings.ts";

const draftName = ".initialising";
const madeName = ".initialised";
const completeMark = "PG_VERSION";

export interface DataContext {
  start: ContainerStart;
  programs: PostgresPrograms;
  runAs: { uid: number; gid: number } | undefined;
  /** Folder for templates of fresh data folders, writable for `runAs`. */
  templateDir: string;
}

const environment = (start: ContainerStart): Record<string, string> => ({
  PATH: start.env["PATH"] ?? "",
  LANG: "C.UTF-8",
});

/** Makes sure that the data folder is a complete one. */
export async function ensureData(settings: PostgresSettings, context: DataContext): Promise<void> {
  const { dataDir } = settings;
  const { start } = context;
  if (existsSync(join(dataDir, completeMark))) return;
  const [draft, made] = [join(dataDir, draftName), join(dataDir, madeName)];
  if (!existsSync(made)) {
    const foreign = existsSync(dataDir)
      ? readdirSync(dataDir).filter((name) => ![draftName, "lost+found"].includes(name))
      : [];
    if (foreign.length > 0) {
      throw new Error(
        `${dataDir} is not empty (${foreign.slice(0, 3).join(", ")}) and is not a PostgreSQL data folder; ` +
          `point PGDATA to an empty folder of the volume`,
      );
    }
    if (existsSync(draft)) start.log("an earlier start did not finish making the database: beginning again");
    await rm(draft, { recursive: true, force: true });
    await mkdir(dataDir, { recursive: true });
    if (context.runAs) await chown(dataDir, context.runAs.uid, context.runAs.gid);
    await chmod(dataDir, 0o700);
    await makeCluster(draft, settings, context);
    await rename(draft, made);
  }
  for (const name of readdirSync(made).filter((each) => each !== completeMark)) {
    rmSync(join(dataDir, name), { recursive: true, force: true });
    renameSync(join(made, name), join(dataDir, name));
  }
  renameSync(join(made, completeMark), join(dataDir, completeMark));
  rmdirSync(made);
}

const shell = ({ start, runAs }: DataContext, command: readonly string[], stdin?: string): Promise<void> =>
  start.run({
    command,
    env: environment(start),
    cwd: "/",
    ...(runAs && { runAs }),
    ...(stdin !== undefined && { stdin }),
  });

/** A fresh cluster in `folder`: a copy of the template, which is made first where there is none. */
async function makeCluster(folder: string, settings: PostgresSettings, context: DataContext): Promise<void> {
  const { programs, start } = context;
  const template = await templateFor(settings.user, context);
  start.log(`making the database "${settings.database}"`);
  await shell(context, ["cp", "-a", "--reflink=auto", template, folder]);
  await writeFile(join(folder, "pg_hba.conf"), hostRules(settings.authMethod));
  // Without syncing: one sync of everything comes after it.
  const single = ["--single", "-j", "-F", "-D", folder, "-c", "shared_buffers=16MB", "postgres"];
  await shell(context, [programs.postgres, ...single], firstCommands(settings));
  await shell(context, ["sync", "-f", folder]);
}

const making = new Map<string, Promise<string>>();

/** `initdb` takes a second or two: its result is kept for the next database with the same superuser. */
async function templateFor(user: string, context: DataContext): Promise<string> {
  const name = `${context.programs.version}-${Buffer.from(user, "utf8").toString("hex")}`;
  const place = join(context.templateDir, name);
  for (let pending = making.get(place); pending !== undefined; pending = making.get(place)) {
    const found = await madeByAnother(pending, context.start.signal);
    if (found !== undefined) return found;
  }
  const made = makeTemplate(place, user, context);
  making.set(place, made);
  // Whoever comes later looks at the disk; a failure is not remembered.
  const forget = (): void => void making.delete(place);
  made.then(forget, forget);
  return made;
}

/** What another container makes; undefined when it was stopped or failed. Rejects when this one is stopped. */
async function madeByAnother(pending: Promise<string>, signal: AbortSignal): Promise<string | undefined> {
  const stopped = Promise.withResolvers<undefined>();
  const stop = (): void => stopped.resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([pending.catch(() => undefined), stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

async function makeTemplate(place: string, user: string, context: DataContext): Promise<string> {
  if (existsSync(place)) return place;
  const draft = `${place}.${process.pid}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(context.templateDir, { recursive: true });
  const options = ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"];
  // Replaced for every database made from it; there has to be one while nothing is trusted.
  const passwordFile = join(context.start.scratchDir, "initdb-password");
  await writeFile(passwordFile, `${crypto.randomUUID()}\n`, { mode: 0o644 });
  try {
    const { initdb } = context.programs;
    await shell(context, [initdb, "-D", draft, "-U", user, ...options, `--pwfile=${passwordFile}`]);
  } finally {
    await rm(passwordFile, { force: true });
  }
  // A template that a power cut has eaten would spoil every database made from it.
  await shell(context, ["sync", "-f", draft]);
  if (existsSync(place)) await rm(draft, { recursive: true, force: true });
  else await rename(draft, place);
  return place;
}
