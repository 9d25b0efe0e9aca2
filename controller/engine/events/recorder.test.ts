// Events: told once and counted, never too many, never in the way.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HttpClient } from "../client/client.ts";
import { Exchange } from "../client/exchange.ts";
import { type Live, resourceType } from "../client/object.ts";
import { eventually } from "../testing/eventually.ts";
import { status, TinyApi } from "../testing/tiny-api.ts";
import { EventRecorder } from "./recorder.ts";

const Widget = resourceType({
  group: "x.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
});
const EVENTS = "/api/v1/namespaces/default/events";
let api: TinyApi;
let exchange: Exchange;
let clock: Date;

beforeEach(async () => {
  api = await TinyApi.start();
  exchange = new Exchange({ access: api.access, fieldManager: "me" });
  clock = new Date("2026-07-01T10:00:00Z");
});
afterEach(async () => {
  await exchange.close();
  await api.stop();
});

function recorder(uid = "uid-1", name = "w") {
  const made = new EventRecorder({
    client: new HttpClient(exchange),
    component: "widget-operator",
    log: pino({ level: "silent" }),
    now: () => clock,
  });
  const metadata = { name, namespace: "default", uid, resourceVersion: "7" };
  return { made, about: made.about(Widget, { metadata }) };
}
/** Names of the events ever written. */
const written = new Set<string>();
function events(): Record<string, unknown>[] {
  const names = api.requests.flatMap((request) => /^PATCH .*\/events\/([^?]+)/.exec(request)?.[1] ?? []);
  for (const name of names) written.add(name);
  return [...written].flatMap(
    (name) => (api.get(`${EVENTS}/${name}`) as Live & Record<string, unknown>) ?? [],
  );
}
beforeEach(() => {
  written.clear();
  api.intercept = (request, _response, body) => {
    if (request.method === "POST") written.add((JSON.parse(body) as Live).metadata.name);
    return false;
  };
});

describe("an event", () => {
  test("says what happened to what, and who says so", async () => {
    const { made, about } = recorder();
    about.warning("BadText", "spec.text must not be empty");
    await made.flush();
    expect(events()).toMatchObject([
      {
        type: "Warning",
        reason: "BadText",
        message: "spec.text must not be empty",
        count: 1,
        involvedObject: {
          apiVersion: "x.dev/v1",
          kind: "Widget",
          namespace: "default",
          name: "w",
          uid: "uid-1",
        },
        source: { component: "widget-operator" },
        firstTimestamp: "2026-07-01T10:00:00Z",
        lastTimestamp: "2026-07-01T10:00:00Z",
        metadata: { name: expect.stringMatching(/^w\.[0-9a-f]{16}$/) },
      },
    ]);
  });

  test("that happens again is counted, not told again", async () => {
    const { made, about } = recorder();
    about.normal("Ready", "all is well");
    await made.flush();
    clock = new Date("2026-07-01T10:05:00Z");
    about.normal("Ready", "all is well");
    await made.flush();
    expect(events()).toMatchObject([
      { count: 2, firstTimestamp: "2026-07-01T10:00:00Z", lastTimestamp: "2026-07-01T10:05:00Z" },
    ]);
    expect(api.count("POST")).toBe(1);
  });

  test("that happens many times at once is written once", async () => {
    const { made, about } = recorder();
    for (let n = 0; n < 10; n++) about.normal("Ready", "all is well");
    await made.flush();
    expect(api.requests).toHaveLength(1);
    expect(events()).toMatchObject([{ count: 10 }]);
  });

  test("of another reason, message, severity or object is another one", async () => {
    const { made, about } = recorder();
    about.normal("Ready", "a");
    about.normal("Ready", "b");
    about.normal("Steady", "a");
    about.warning("Ready", "a");
    made
      .about(Widget, { metadata: { name: "w", uid: "uid-2", resourceVersion: "1", namespace: "default" } })
      .normal("Ready", "a");
    await made.flush();
    expect(events()).toHaveLength(5);
    for (const event of events()) expect(event["count"]).toBe(1);
  });

  test("that has expired on the server is told anew, with its count", async () => {
    const { made, about } = recorder();
    about.normal("Ready", "all is well");
    await made.flush();
    const name = [...written][0] ?? "";
    api.remove(`${EVENTS}/${name}`);
    about.normal("Ready", "all is well");
    await made.flush();
    expect(api.count("POST")).toBe(2);
    expect(events()).toMatchObject([{ count: 2 }]);
  });

  test("about a cluster-wide object lies in the default namespace", async () => {
    const { made } = recorder();
    made.about(Widget, { metadata: { name: "w", uid: "u", resourceVersion: "1" } }).normal("Ready", "r");
    await made.flush();
    expect(events()).toHaveLength(1);
  });

  test("has a name the server accepts, however long the object's is", async () => {
    const { made, about } = recorder("u", `${"a".repeat(229)}-${"b".repeat(20)}`);
    about.normal("Ready", "r");
    await made.flush();
    const [name = ""] = written;
    expect(name.length).toBeLessThanOrEqual(253);
    for (const label of name.split(".")) expect(label).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
  });
});

describe("too many events", () => {
  test("about one object: 25 at once, then one every 30 seconds; other objects are not affected", async () => {
    const { made, about } = recorder();
    for (let n = 0; n < 40; n++) about.normal("Busy", `message ${n}`);
    made
      .about(Widget, { metadata: { name: "calm", uid: "uid-2", resourceVersion: "1", namespace: "default" } })
      .normal("Ready", "r");
    await made.flush();
    expect(events()).toHaveLength(26);
    clock = new Date(clock.getTime() + 29_000);
    about.normal("Busy", "too soon");
    clock = new Date(clock.getTime() + 1_000);
    about.normal("Busy", "in time");
    about.normal("Busy", "one too many");
    await made.flush();
    expect(events()).toHaveLength(27);
    expect(events().at(-1)).toMatchObject({ message: "in time" });
  });

  test("that were held back are in the count when it is told again", async () => {
    const { made, about } = recorder();
    for (let n = 0; n < 25; n++) {
      about.normal("Ready", "r");
      await made.flush();
    }
    for (let n = 0; n < 5; n++) about.normal("Ready", "r");
    await made.flush();
    expect(events()).toMatchObject([{ count: 25 }]);
    clock = new Date(clock.getTime() + 30_000);
    about.normal("Ready", "r");
    await made.flush();
    expect(events()).toMatchObject([{ count: 31 }]);
  });

  test("at once, about many objects, are dropped rather than kept in memory", async () => {
    const { made } = recorder();
    for (let n = 0; n < 600; n++)
      made
        .about(Widget, {
          metadata: { name: `w${n}`, uid: `u${n}`, resourceVersion: "1", namespace: "default" },
        })
        .normal("Ready", "r");
    await made.flush();
    expect(events()).toHaveLength(512);
  });
});

describe("a failure", () => {
  test.each([
    ["a refusal", 403],
    ["a defect of the server", 500],
  ])("of the API server (%s) is nobody's concern, and the next event is written", async (_what, code) => {
    const { made, about } = recorder();
    const spying = api.intercept;
    api.intercept = (_request, response) => {
      status(response, code, "Nope", "no events today");
      return true;
    };
    about.normal("Ready", "lost");
    await made.flush();
    expect(events()).toEqual([]);
    api.intercept = spying;
    about.normal("Ready", "lost");
    about.normal("Ready", "other");
    await made.flush();
    expect(events().map((event) => [event["message"], event["count"]])).toEqual([
      ["lost", 2],
      ["other", 1],
    ]);
  });

  test("to answer holds up nobody: recording returns at once", async () => {
    const { made, about } = recorder();
    api.intercept = () => true;
    about.normal("Ready", "r");
    await eventually(() => api.requests.length).toBe(1);
    about.normal("Ready", "another");
    await exchange.close();
    await made.flush();
  });
});
