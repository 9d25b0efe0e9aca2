// An update under load, 32 learners browsing and handing in: a release that is well, and one that does not find itself well.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADDS, NEXT_MIGRATION, notWell } from "../support/releases.ts";
import { UpdateStage } from "../support/update-stage.ts";

const EXPANDS = { [NEXT_MIGRATION]: ADDS };

let stage: UpdateStage;
beforeAll(async () => {
  stage = await UpdateStage.start(
    [
      { version: "0.2.0", files: EXPANDS },
      { version: "0.3.0", files: EXPANDS, edits: notWell("the front page is upside down") },
    ],
    32,
    { replicas: 2 },
  );
}, 300_000);
afterAll(async () => stage?.stop(), 120_000);

test("a release that is well takes over without one failed request, and nothing is lost", async () => {
  const { update, steps, failures } = await stage.updatedTo("0.2.0", { replicas: 2 });
  expect(update).toMatchObject({ result: "Succeeded", verified: true, schema: { compatible: true } });
  expect(steps).toBe("Approval Window Check Backup Verify Migrate Rollout Soak");
  expect(failures).toEqual([]);
  await stage.nothingIsLost();
  const { cluster } = stage.sandbox;
  await cluster.condition("LmsTenant", "hill", "Ready");
  await cluster.condition("LmsTenant", "hill", "UpToDate");
  expect((await stage.status()).version).toBe("0.2.0");
}, 400_000);

test("a release that does not find itself well goes back by itself, without one failed request", async () => {
  const { update, steps, failures } = await stage.updatedTo("0.3.0", { replicas: 2 });
  expect(update).toMatchObject({
    result: "RolledBack",
    reason: "ProbeFailed",
    message: expect.stringContaining("the front page is upside down") as string,
  });
  expect(steps).toBe("Approval Window Check Backup Verify Migrate Rollout Soak Revert");
  expect(failures).toEqual([]);
  await stage.nothingIsLost();
  const { cluster } = stage.sandbox;
  await cluster.condition("LmsTenant", "hill", "UpToDate", "False", { reason: "UpdateRolledBack" });
  await cluster.condition("LmsTenant", "hill", "Stalled");
  expect((await stage.status()).version).toBe("0.2.0");
}, 400_000);
