// Releases that are not well, each in its own way, and what becomes of the site and of what learners do meanwhile.
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Restore } from "../../controller/kinds.ts";
import { ADDS, BREAKS, NEXT_MIGRATION, notWell } from "../support/releases.ts";
import { aGate, CURRENT, UpdateStage } from "../support/update-stage.ts";

const SERVER = "lms/site/server.ts";

let stage: UpdateStage;
beforeAll(async () => {
  stage = await UpdateStage.start(
    [
      {
        version: "1.1.0",
        files: {
          [NEXT_MIGRATION]: ADDS,
          "lms/db/migrations/0005_fails.sql": "-- compatible-from: 1\nSELECT 1 / 0;\n",
        },
      },
      {
        version: "1.2.0",
        edits: { "lms/main.ts": [["const asked = new AbortController();", "process.exit(7);"]] },
      },
      {
        version: "1.3.0",
        edits: {
          [SERVER]: [
            [
              "  // Pages take forms and nothing else.",
              `  let open = 0;
  app.addHook("onResponse", (_request, _reply, done) => (open--, done()));
  app.addHook("onRequest", (request, _reply, done) => {
    done(++open > 2 && request.url.startsWith("/courses") ? new Error("too many at once") : undefined);
  });`,
            ],
          ],
        },
      },
      // No release before can work with this, and nobody finds this one well.
      {
        version: "1.4.0",
        files: {
          [NEXT_MIGRATION]: ADDS,
          "lms/db/migrations/0005_breaks.sql": BREAKS,
        },
        edits: notWell("not well"),
      },
      { version: "1.5.0", edits: { "package.json": [['"version":"1.5.0"', '"version":"1.5.1"']] } },
    ],
    8,
  );
}, 300_000);
afterAll(async () => stage?.stop(), 120_000);

const servesAsBefore = async (): Promise<void> => {
  await stage.nothingIsLost();
  const { version, update } = await stage.status();
  expect(version).toBe(CURRENT);
  expect(update?.from.version).toBe(CURRENT);
  await stage.sandbox.cluster.condition("LmsTenant", "hill", "Available");
};

test("a migration that fails is found on the backup: the site is not touched", async () => {
  const { update, steps, failures } = await stage.updatedTo("1.1.0");
  expect(update).toMatchObject({
    result: "Abandoned",
    reason: "RehearsalFailed",
    message: expect.stringMatching(/0005_fails\.sql failed/) as string,
  });
  expect(steps).toBe("Approval Window Check Backup Verify");
  expect(failures).toEqual([]);
  await servesAsBefore();
}, 400_000);

test("where it cannot be rehearsed it fails half-way, and the site serves on", async () => {
  const recipient = await identityToRecipient(await generateX25519Identity());
  const { update, steps, failures } = await stage.updatedTo("1.1.0", {
    backup: { destination: { volume: { size: "1Gi" } }, encryption: { recipients: [recipient] } },
  });
  expect(update).toMatchObject({
    result: "RolledBack",
    reason: "MigrationFailed",
    verified: false,
    message: expect.stringMatching(/0005_fails\.sql failed and left nothing of itself/) as string,
  });
  expect(steps).toBe("Approval Window Check Backup Verify Migrate Revert");
  expect(failures).toEqual([]);
  await servesAsBefore();
}, 400_000);

test("a release that ends as soon as it starts serves nobody", async () => {
  const { update, steps, failures } = await stage.updatedTo("1.2.0");
  expect(update).toMatchObject({ result: "RolledBack", reason: "ReleaseCrashes" });
  expect(steps).toBe("Approval Window Check Backup Verify Migrate Rollout Revert");
  expect(failures).toEqual([]);
  await servesAsBefore();
}, 400_000);

test("a release that fails only when many come at once is found by its answers", async () => {
  const { update, failures } = await stage.updatedTo("1.3.0", {
    update: { gate: aGate(1) },
  });
  expect(update).toMatchObject({
    result: "RolledBack",
    reason: "ErrorRate",
    message: expect.stringMatching(/answers were server errors/) as string,
  });
  // Its own errors are what it is; nothing else failed.
  expect(failures.filter((failure) => !/HTTP 500/.test(failure))).toEqual([]);
  await servesAsBefore();
}, 400_000);

test("an image that is not what the catalog says is not let near the site", async () => {
  const { update, failures } = await stage.updatedTo("1.5.0");
  expect(update).toMatchObject({
    result: "Abandoned",
    reason: "WrongVersion",
    message: expect.stringContaining("says that it is version 1.5.1") as string,
  });
  expect(failures).toEqual([]);
  await servesAsBefore();
}, 400_000);

test("where the schema demands it the data go back, too; what was done meanwhile is kept apart", async () => {
  const { update, steps } = await stage.updatedTo("1.4.0");
  expect(update).toMatchObject({
    result: "RolledBack",
    reason: "ProbeFailed",
    schema: { compatible: false },
    savedWork: { location: "persistentvolumeclaim/hill-backups" },
  });
  expect(steps).toBe(
    "Approval Window Check Backup Verify Stop FinalBackup Migrate Rollout Soak RevertStop Restore Revert",
  );
  const undone = await stage.sandbox.cluster.client.get(Restore, {
    namespace: "default",
    name: `${update.id}-undo`,
  });
  expect(undone.status?.safetyBackup?.path).toBe(update.savedWork?.path);
  expect(update.message).toContain(update.savedWork?.path ?? "?");
  // Whatever was accepted until the site stopped.
  const stopped = update.steps?.find(({ name }) => name === "Stop");
  await stage.signInAgain();
  await stage.nothingIsLost(new Date(stopped?.startedAt ?? ""));
  const { version } = await stage.status();
  expect(version).toBe(CURRENT);
  await stage.sandbox.cluster.condition("LmsTenant", "hill", "Available");
}, 400_000);
