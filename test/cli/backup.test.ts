// Backups as a person with a shell has them: made by `provost lms backup`, then listed, checked and restored by their
// location alone, from a folder and from a bucket.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BackupReport } from "../../api/index.ts";
import { startS3, type TestS3 } from "../../lms/backup/testing-s3.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "../../lms/db/testing.ts";

const PROVOST = fileURLToPath(new URL("../../cli/provost.js", import.meta.url));
const SITE = "academy/main";

let folder: string;
let site: TestDatabase;
let rows: number;

beforeAll(async () => {
  site = await createTestDatabase();
  for (const name of ["ada", "grace", "tim"])
    await site.db.execute(
      "INSERT INTO account (name, email, display_name) VALUES ($1, $1 || '@example.org', $1)",
      [name],
    );
});

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "provost-backup-"));
});

afterEach(async () => rm(folder, { recursive: true, force: true }));

afterAll(async () => site.close());

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Env = Readonly<Record<string, string>>;

/** Without the variables of whoever runs the tests: these commands heed many. */
function start(args: readonly string[], env: Env = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(PG|AWS_|PROVOST_BACKUP)/.test(name));
  return spawn(process.execPath, [PROVOST, ...args], { env: { ...Object.fromEntries(own), ...env } });
}

async function ended(child: ReturnType<typeof start>): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

const provost = (args: readonly string[], env?: Env): Promise<Outcome> => ended(start(args, env));

const order = (id: string, env: Env = {}): Env => ({
  ...site.env,
  PROVOST_BACKUP_LOCATION: folder,
  PROVOST_BACKUP_SITE: SITE,
  PROVOST_BACKUP_ID: id,
  PROVOST_BACKUP_ORIGIN: "schedule",
  PROVOST_BACKUP_REPORT: path.join(folder, "report.json"),
  ...env,
});

async function report(): Promise<BackupReport> {
  return JSON.parse(await readFile(path.join(folder, "report.json"), "utf8")) as BackupReport;
}

async function backUp(id: string, env: Env = {}): Promise<Extract<BackupReport, { ok: true }>> {
  const { code, stdout, stderr } = await provost(["lms", "backup"], order(id, env));
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
  const said = await report();
  if (!said.ok) throw new Error(said.message);
  rows = said.backup.rows;
  return said;
}

describe("provost lms backup", () => {
  test("leaves a backup, a report of it and a log without secrets; a second run with its id reports the same", async () => {
    const env = { PGPASSWORD: "hunter2-hunter2" };
    const first = await provost(["lms", "backup"], order("nightly-1", env));
    expect(first.code).toBe(0);
    expect(first.stdout).not.toContain("hunter2");
    expect(first.stdout).toContain("the backup is complete");
    const made = await report();
    expect(made).toMatchObject({
      ok: true,
      backup: { id: "nightly-1", path: `${SITE}/nightly-1` },
      removed: [],
    });
    await provost(["lms", "backup"], order("nightly-1"));
    expect(await report()).toEqual(made);
  });

  test("wrong settings are all named in the report, and nothing is written", async () => {
    const env = order("No!", { PROVOST_BACKUP_RETENTION: '{"keepLast":0}' });
    const { code } = await provost(["lms", "backup"], env);
    expect(code).toBe(1);
    expect(await report()).toEqual({
      ok: false,
      reason: "InvalidSettings",
      message:
        'PROVOST_BACKUP_ID is "No!": give lower case letters, digits, dots and inner hyphens; ' +
        'PROVOST_BACKUP_RETENTION is "{"keepLast":0}": keepLast must be a whole number from 1',
    });
    expect(await readdir(folder)).toEqual(["report.json"]);
  });

  test("a database that does not answer is told as such", async () => {
    const { code } = await provost(
      ["lms", "backup"],
      order("nightly-1", { PGHOST: "127.0.0.1", PGPORT: "9" }),
    );
    expect(code).toBe(1);
    expect(await report()).toMatchObject({ ok: false, reason: "DatabaseUnreachable" });
  });

  test("retention goes with the run, and the report says what it took", async () => {
    const env = { PROVOST_BACKUP_RETENTION: '{"keepLast":2}' };
    expect((await backUp("nightly-1", env)).removed).toEqual([]);
    expect((await backUp("nightly-2", env)).removed).toEqual([]);
    expect((await backUp("nightly-3", env)).removed).toEqual(["nightly-1"]);
    expect(await readdir(path.join(folder, SITE))).not.toContain("nightly-1/manifest.json");
    expect(existsSync(path.join(folder, SITE, "nightly-1/manifest.json"))).toBe(false);
    expect(existsSync(path.join(folder, SITE, "nightly-2/manifest.json"))).toBe(true);
  });

  describe("while the database is silent", () => {
    let silent: Server;
    let waiting: Env;

    beforeEach(async () => {
      silent = createServer().listen(0, "127.0.0.1");
      await once(silent, "listening");
      const { port } = silent.address() as AddressInfo;
      waiting = order("nightly-1", { PGHOST: "127.0.0.1", PGPORT: String(port) });
    });

    afterEach(() => silent.close());

    test("SIGTERM ends it within seconds, with a report", async () => {
      const child = start(["lms", "backup"], waiting);
      const outcome = ended(child);
      await once(silent, "connection");
      const asked = performance.now();
      child.kill("SIGTERM");
      expect((await outcome).code).toBe(1);
      expect(performance.now() - asked).toBeLessThan(8_000);
      const said = await report();
      expect(said).toMatchObject({ ok: false, reason: "Unexpected" });
      expect(said.ok || said.message).toContain("SIGTERM");
    });

    test.each([
      ["an error that nobody handles", 'setTimeout(()=>{throw new Error("boom")},1000)', "boom"],
      ["a rejection that nobody handles", 'setTimeout(()=>Promise.reject(new Error("boom")),1000)', "boom"],
      ["an end that nobody ordered", "setTimeout(()=>process.exit(0),1000)", "ended without a result"],
    ])("%s does not end it without a report", async (_, code, words) => {
      const script = path.join(folder, "fault.mjs");
      await writeFile(script, code);
      const outcome = await provost(["lms", "backup"], { ...waiting, NODE_OPTIONS: `--import=${script}` });
      expect(outcome.code).toBe(1);
      const said = await report();
      expect(said).toMatchObject({ ok: false, reason: "Unexpected" });
      expect(said.ok || said.message).toContain(words);
    });
  });

  test("a report that cannot be written is a failure, whatever was made", async () => {
    const env = order("nightly-1", { PROVOST_BACKUP_REPORT: path.join(folder, "nowhere/report.json") });
    const { code, stdout } = await provost(["lms", "backup"], env);
    expect(code).toBe(1);
    expect(stdout).toContain("PROVOST_BACKUP_REPORT is");
  });
});

describe("provost backup list", () => {
  test("is a table for people, with what is not whole shown as such", async () => {
    await backUp("nightly-1");
    await backUp("kept", { PROVOST_BACKUP_ORIGIN: "manual", PROVOST_BACKUP_SITE: "academy/other" });
    await backUp("touched");
    await appendFile(path.join(folder, SITE, "touched/manifest.json"), " x");
    await backUp("half");
    await rm(path.join(folder, SITE, "half/manifest.json"));

    const { code, stdout } = await provost(["backup", "list", "--location", folder]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^SITE +ID +TAKEN +AGE +SIZE +ROWS +FILES +ENCRYPTED +ORIGIN +VERIFIED$/);
    expect(lines).toHaveLength(5);
    const line = (id: string): string => lines.find((one) => one.includes(` ${id} `)) ?? "";
    expect(line("nightly-1")).toMatch(
      /^academy\/main +nightly-1 +20\S+Z +0m +[\d.]+ k?B +\d+ +0 +no +schedule +never$/,
    );
    expect(line("kept")).toMatch(/^academy\/other .* manual +never$/);
    expect(lines.find((one) => one.includes("half"))).toMatch(/incomplete$/);
    expect(lines.find((one) => one.includes("touched"))).toMatch(/broken$/);

    const one = await provost([
      "backup",
      "list",
      "--location",
      `file://${folder}`,
      "--site",
      "academy/other",
    ]);
    expect(one.stdout.trimEnd().split("\n")).toHaveLength(2);
  });

  test("-o json is one value with the whole manifests", async () => {
    const { backup } = await backUp("nightly-1");
    const { code, stdout, stderr } = await provost(["backup", "list", "--location", folder, "-o", "json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.stringify(JSON.parse(stdout))).toContain(backup.digest);
  });

  test("an empty place has none, which is no failure", async () => {
    expect(await provost(["backup", "list", "--location", folder])).toEqual({
      code: 0,
      stdout: "",
      stderr: `no backups in ${folder}\n`,
    });
  });

  test.each([
    ["no location", [], "--location"],
    ["a location that is none", ["--location", "ftp://x"], "begins with ftp:"],
    ["a bucket without credentials", ["--location", "s3://bucket"], "AWS_ACCESS_KEY_ID is not set"],
    ["a site that is none", ["--location", "/tmp", "--site", "main"], "give namespace/name"],
  ])("%s is wrong usage", async (_, args, words) => {
    const { code, stdout, stderr } = await provost(["backup", "list", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });

  test("a folder that does not exist is told, exit code 1", async () => {
    const { code, stderr } = await provost(["backup", "list", "--location", path.join(folder, "nowhere")]);
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere");
  });
});

describe("provost backup check", () => {
  test("reads everything, by path or by id", async () => {
    await backUp("nightly-1");
    for (const args of [
      ["--path", `${SITE}/nightly-1`],
      ["--id", "nightly-1"],
    ]) {
      const { code, stdout, stderr } = await provost(["backup", "check", "--location", folder, ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`${SITE}/nightly-1 is whole`);
    }
  });

  test("one bit that is not as it was written fails it, with the name of the part", async () => {
    await backUp("nightly-1");
    const part = path.join(folder, SITE, "nightly-1/parts/account.copy.zst");
    const bytes = await readFile(part);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(part, bytes);
    const { code, stdout, stderr } = await provost([
      "backup",
      "check",
      "--location",
      folder,
      "--id",
      "nightly-1",
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("account");
  });

  test("an id of several sites has to be a path; one of none is told", async () => {
    await backUp("nightly-1");
    await backUp("nightly-1", { PROVOST_BACKUP_SITE: "academy/other" });
    const several = await provost(["backup", "check", "--location", folder, "--id", "nightly-1"]);
    expect(several.code).toBe(2);
    expect(several.stderr).toContain("--path academy/other/nightly-1");
    const none = await provost(["backup", "check", "--location", folder, "--id", "nightly-9"]);
    expect(none.code).toBe(1);
    expect(none.stderr).toContain("there is no complete backup nightly-9");
    expect((await provost(["backup", "check", "--location", folder])).code).toBe(2);
    expect((await provost(["backup", "check", "--location", folder, "--path", "../x"])).code).toBe(2);
  });
});

describe("provost backup restore", () => {
  const restore = (env: Env, ...more: string[]): Promise<Outcome> =>
    provost(["backup", "restore", "--location", folder, "--path", `${SITE}/nightly-1`, ...more], env);

  test("into an empty database: everything is there", async () => {
    await backUp("nightly-1");
    const empty = await createEmptyDatabase();
    try {
      const { code, stdout, stderr } = await restore(empty.env);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`: ${rows.toLocaleString("en-US")} rows in `);
      const accounts = "SELECT * FROM account ORDER BY id";
      expect(await empty.db.query(accounts)).toEqual(await site.db.query(accounts));
    } finally {
      await empty.close();
    }
  });

  test("a database that has something is refused and stays as it is", async () => {
    await backUp("nightly-1");
    const { code, stdout, stderr } = await restore(site.env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/empty/);
    expect(await site.db.query("SELECT name FROM account ORDER BY name")).toHaveLength(3);
  });

  test("without a database it is wrong usage", async () => {
    const { code, stderr } = await restore({});
    expect(code).toBe(2);
    expect(stderr).toContain("PGDATABASE is not set");
  });

  test("an encrypted one wants its key, and opens with it", async () => {
    const { generateIdentity, identityToRecipient } = await import("age-encryption");
    const identity = await generateIdentity();
    await backUp("nightly-1", { PROVOST_BACKUP_RECIPIENTS: await identityToRecipient(identity) });
    const empty = await createEmptyDatabase();
    try {
      const without = await restore(empty.env);
      expect(without.code).toBe(2);
      expect(without.stderr).toContain("--identity-file");

      const file = path.join(folder, "key.txt");
      await writeFile(file, `# created: today\n${identity}\n`, { mode: 0o600 });
      expect((await provost(["backup", "check", "--location", folder, "--id", "nightly-1"])).code).toBe(0);
      const { code, stderr } = await restore(empty.env, "--identity-file", file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(await empty.db.query("SELECT name FROM account ORDER BY name")).toHaveLength(3);

      await writeFile(file, "not a key but perhaps a password");
      const wrong = await restore(empty.env, "--identity-file", file);
      expect(wrong.code).toBe(2);
      expect(wrong.stderr).not.toContain("perhaps");
    } finally {
      await empty.close();
    }
  });
});

describe("a bucket", () => {
  let s3: TestS3;

  beforeAll(async () => {
    s3 = await startS3();
  });

  afterAll(async () => s3.close());

  test("made, listed, checked, restored", async () => {
    const location = `s3://backups/school?endpoint=${s3.endpoint}`;
    await backUp("nightly-1", { ...s3.env, PROVOST_BACKUP_LOCATION: location });
    const list = await provost(["backup", "list", "--location", location], s3.env);
    expect(list.stdout).toMatch(/^academy\/main +nightly-1 /m);
    const check = await provost(["backup", "check", "--location", location, "--id", "nightly-1"], s3.env);
    expect(check).toMatchObject({ code: 0, stderr: "" });
    const empty = await createEmptyDatabase();
    try {
      const args = ["backup", "restore", "--location", location, "--path", `${SITE}/nightly-1`];
      expect(await provost(args, { ...s3.env, ...empty.env })).toMatchObject({ code: 0, stderr: "" });
      expect(await empty.db.query("SELECT name FROM account ORDER BY name")).toHaveLength(3);
    } finally {
      await empty.close();
    }
  });

  test("one that does not exist is named in the report, and no credentials are", async () => {
    const env = order("nightly-1", {
      ...s3.env,
      AWS_SECRET_ACCESS_KEY: "hunter2-hunter2",
      PROVOST_BACKUP_LOCATION: `s3://nowhere?endpoint=${s3.endpoint}`,
    });
    const { code, stdout } = await provost(["lms", "backup"], env);
    expect(code).toBe(1);
    expect(await report()).toMatchObject({ ok: false, reason: "DestinationMissing" });
    expect(stdout + JSON.stringify(await report())).not.toContain("hunter2");
  });
});
