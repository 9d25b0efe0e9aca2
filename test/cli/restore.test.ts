// `provost lms restore` as a Job runs it: help, exit codes, one report whatever happens, a log without secrets.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { RESTORE_ENVIRONMENT, type RestoreReport } from "../../api/index.ts";
import { contentOf } from "../../lms/backup/testing.ts";
import { createEmptyDatabase, type TestDatabase } from "../../lms/db/testing.ts";
import { createRestoreStage, type RestoreStage } from "../../lms/restore/testing.ts";

const PROVOST = fileURLToPath(new URL("../../cli/provost.js", import.meta.url));

let stage: RestoreStage;
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  stage = await createRestoreStage();
});
afterAll(async () => stage?.close());
beforeEach(async () => {
  database = await createEmptyDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "provost-restore-cli-"));
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly report: RestoreReport;
}

async function run(
  env: NodeJS.ProcessEnv,
  onLine: (line: string, end: () => void) => void = () => {},
): Promise<Outcome> {
  const file = path.join(folder, "report.json");
  const child = spawn(process.execPath, [PROVOST, "lms", "restore"], {
    env: { ...env, [RESTORE_ENVIRONMENT.report]: file },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    onLine(line, () => child.kill("SIGTERM"));
  });
  const [code] = (await once(child, "close")) as [number | null];
  const text = await readFile(file, "utf8");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
  return { code, lines, report: JSON.parse(text) as RestoreReport };
}

test("--help names every variable, the modes and the exit codes", async () => {
  const child = spawn(process.execPath, [PROVOST, "lms", "restore", "--help"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  expect(await once(child, "close")).toEqual([0, null]);
  for (const variable of Object.values(RESTORE_ENVIRONMENT)) expect(text).toContain(variable);
  expect(text).toMatch(/empty fills.*in-place puts.*verify fills/s);
  expect(text).toContain("Exit codes: 0 it is restored, 1 not.");
});

test("into an empty database: 0, the report and the rows; again: the same report; the log is JSON and has no secret", async () => {
  const key = "AGE-SECRET-KEY-1NOTHINGTHATOPENSANYTHING";
  const env = stage.env(database, "empty", { [RESTORE_ENVIRONMENT.identities]: key });
  const first = await run(env);
  expect(first.code).toBe(0);
  expect(first.report).toMatchObject({
    ok: true,
    restore: { path: stage.manifest.path, rows: stage.manifest.rows },
  });
  expect(await contentOf(database.db)).toEqual(await contentOf(stage.school.db));
  for (const line of first.lines) expect(JSON.parse(line)).toHaveProperty("level");
  const all = first.lines.join("\n");
  expect(all).not.toContain(key);
  expect(all).not.toMatch(/password/i);
  const second = await run(env);
  expect([second.code, second.report]).toEqual([0, first.report]);
});

test("what is wrong is 1, and all of it is in the report", async () => {
  const { code, report } = await run({
    ...stage.env(database, "empty"),
    [RESTORE_ENVIRONMENT.mode]: "sideways",
    PGHOST: "",
  });
  expect(code).toBe(1);
  expect(report).toMatchObject({
    ok: false,
    reason: "InvalidSettings",
    message: expect.stringMatching(/PROVOST_RESTORE_MODE is "sideways".*PGHOST is not set/) as string,
  });
});

test("SIGTERM in the middle of a restore in place: 1, a report that says so, and nothing was touched", async () => {
  const site = await createEmptyDatabase();
  try {
    expect((await run(stage.env(site, "empty"))).code).toBe(0);
    await site.db.execute("UPDATE account SET display_name = 'Somebody ' || id");
    const before = await contentOf(site.db);
    const { code, report } = await run(stage.env(site, "in-place"), (line, end) => {
      if (line.includes('"step":"claim"')) end();
    });
    expect(code).toBe(1);
    expect(report).toMatchObject({
      ok: false,
      reason: "Unexpected",
      message: expect.stringMatching(/was stopped \(SIGTERM\).*start it again/) as string,
    });
    expect(await contentOf(site.db)).toEqual(before);
    expect(await site.db.query("SELECT * FROM maintenance")).toEqual([]);
  } finally {
    await site.close();
  }
});
