// A stop of the API server comes to its end whatever its clients do.
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Harness } from "./testing/harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await new Harness().start();
});
afterEach(() => harness.end());

test("a client that has connected and says nothing does not hold it up", async () => {
  const silent = connect(harness.api.port, "127.0.0.1");
  silent.on("error", () => undefined);
  await once(silent, "connect");
  // The server has taken the connection when it has answered a later one.
  await harness.get("/readyz");
  const closed = once(silent, "close");
  const startedAt = performance.now();
  await harness.api.stop();
  await closed;
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
