// Replicas while their site is restored in place, over real HTTP: those that were there, and one that starts in the middle.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { RUNTIME_ENVIRONMENT } from "../../api/index.ts";
import { aSite, TOKEN } from "../admin/testing.ts";
import { makeSchool } from "../backup/testing.ts";
import { createTestDatabase, type TestDatabase } from "../db/testing.ts";
import { type Lms, startLms } from "../main.ts";
import type { Step } from "./in-place.ts";
import { createRestoreStage, restoreNow, type RestoreStage } from "./testing.ts";

let stage: RestoreStage;
let site: TestDatabase;
let tokens: string;
const replicas: Lms[] = [];
beforeAll(async () => {
  stage = await createRestoreStage();
  tokens = await mkdtemp(path.join(tmpdir(), "tokens-"));
  await writeFile(path.join(tokens, "token"), TOKEN);
});
afterAll(async () => {
  await stage?.close();
  await rm(tokens, { recursive: true });
});
beforeEach(async () => {
  site = await createTestDatabase();
  await makeSchool(site.db, 3);
  await site.db.execute("UPDATE site SET document = $1", [JSON.stringify(aSite({ title: "As It Was" }))]);
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map((replica) => replica.stop()));
  await site.close();
});

async function startReplica(): Promise<Lms> {
  const name = RUNTIME_ENVIRONMENT;
  const env = {
    ...site.env,
    [name.host]: "127.0.0.1",
    [name.httpPort]: "0",
    [name.adminPort]: "0",
    [name.adminTokenDir]: tokens,
  };
  const replica = await startLms(env, { log: pino({ level: "silent" }) });
  replicas.push(replica);
  return replica;
}

/** An answer over HTTP, within a time in which nobody has waited for a lock. */
async function ask(port: number, url: string, init: RequestInit = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}${url}`, {
    ...init,
    redirect: "manual",
    signal: AbortSignal.timeout(5_000),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, title: /<title>([^<]*)/.exec(text)?.[1] };
}

const form = (cookie: string): RequestInit => ({
  method: "POST",
  headers: { cookie, "content-type": "application/x-www-form-urlencoded" },
  body: "csrf=x&answer=42",
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 15_000; !(await holds());) {
    if (Date.now() > end) throw new Error("it did not come true within 15 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a replica answers while everything in its database is locked. */
async function expectClosed({ httpPort, adminPort }: Lms, title: string, cookie = ""): Promise<void> {
  for (const url of ["/", "/catalog", "/dashboard", "/courses/rowing", "/no-such-page"]) {
    const page = await ask(httpPort, url, { headers: { cookie } });
    expect([page.status, page.title], url).toEqual([503, `The site is being restored · ${title}`]);
    expect(page.headers.get("retry-after")).toBe("10");
    expect(page.text).toContain('<noscript><meta http-equiv="refresh" content="10" /></noscript>');
  }
  const { text } = await ask(httpPort, "/");
  const asset = await ask(httpPort, /href="(\/assets\/[^"]+\.css)"/.exec(text)?.[1] ?? "");
  expect(asset.status).toBe(200);
  const sent = await ask(httpPort, "/courses/rowing/join", form(cookie));
  expect(sent.status).toBe(503);
  expect(sent.text).toContain("what you just sent was not saved");
  expect(sent.text).not.toContain('http-equiv="refresh"');
  for (const probe of ["/healthz", "/readyz"]) expect((await ask(adminPort, probe)).status, probe).toBe(200);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const status = await ask(adminPort, "/admin/v1/status", { headers });
  expect(status.status).toBe(503);
  expect(JSON.parse(status.text)).toMatchObject({ code: "NotReady", detail: "the site is being restored" });
}

test("all say that the site is being restored, stay ready, and open as the backup is; nobody is signed in", async () => {
  const there = await startReplica();
  const teacher = await site.db.first<{ id: number }>("SELECT id FROM account WHERE name = 'teacher'");
  const cookie = `provost_session=${await there.context.sessions.start(teacher?.id ?? 0)}`;
  expect((await ask(there.httpPort, "/dashboard", { headers: { cookie } })).status).toBe(200);

  const closed: Step[] = [];
  let late: Lms | undefined;
  const report = await restoreNow(stage.env(site, "in-place"), {
    async onStep(step) {
      if (step === "lock") await until(async () => Promise.resolve(there.context.maintenance.underWay()));
      if (!["save", "load", "finish", "commit"].includes(step)) return;
      // By now everything is dropped, and locked: whoever starts can read nothing.
      if (step === "load") late = await startReplica();
      await expectClosed(there, "As It Was", cookie);
      if (late) await expectClosed(late, "Learning site", cookie);
      closed.push(step);
    },
  });
  expect(report).toMatchObject({ ok: true });
  expect(closed).toEqual(["save", "load", "finish", "commit"]);

  for (const replica of [there, late as Lms]) {
    await until(async () => (await ask(replica.httpPort, "/")).status === 200);
    // At once as the backup is, not as what was in memory.
    expect((await ask(replica.httpPort, "/sign-in")).title).toMatch(/Harbour School/);
    const { status, headers } = await ask(replica.httpPort, "/dashboard", { headers: { cookie } });
    expect([status, headers.get("location")]).toEqual([303, "/sign-in?next=%2Fdashboard"]);
    expect(
      (await ask(replica.adminPort, "/admin/v1/status", { headers: { authorization: `Bearer ${TOKEN}` } }))
        .status,
    ).toBe(200);
  }
}, 60_000);

test("after a restore by an older release, whose schema has less, they migrate before they open", async () => {
  const there = await startReplica();
  await site.db.execute(
    "INSERT INTO maintenance (restore_id, expires_at) VALUES ('r', now() + interval '60 s')",
  );
  await site.db.execute("NOTIFY maintenance_changed");
  await until(async () => Promise.resolve(there.context.maintenance.underWay()));
  await site.db.transaction((tx) =>
    tx.script(`ALTER TABLE item DROP COLUMN reading_minutes; DROP FUNCTION reading_minutes(text);
      DELETE FROM schema_migration WHERE version > 1; DELETE FROM maintenance; NOTIFY maintenance_changed`),
  );
  await until(async () => (await ask(there.httpPort, "/")).status === 200);
  expect(await site.db.first("SELECT max(version) AS version FROM schema_migration")).toEqual({ version: 3 });
});

test("when the restored database is not for this release, it says so and is not ready; when it is again, it opens", async () => {
  const there = await startReplica();
  await site.db.execute(
    "INSERT INTO maintenance (restore_id, expires_at) VALUES ('r', now() + interval '60 s')",
  );
  await site.db.execute("NOTIFY maintenance_changed");
  await until(async () => Promise.resolve(there.context.maintenance.underWay()));
  await site.db.transaction((tx) =>
    tx.script(`INSERT INTO schema_migration VALUES (999, '0999_newer.sql', 'x', 999);
      DELETE FROM maintenance; NOTIFY maintenance_changed`),
  );
  await until(async () => (await ask(there.adminPort, "/readyz")).status === 503);
  expect((await ask(there.adminPort, "/readyz")).text).toMatch(
    /after a restore: .*0999_newer\.sql.*run a newer version/,
  );
  expect((await ask(there.httpPort, "/")).status).toBe(503);
  await site.db.execute("DELETE FROM schema_migration WHERE version = 999");
  await until(async () => (await ask(there.adminPort, "/readyz")).status === 200);
  expect((await ask(there.httpPort, "/")).status).toBe(200);
});
