// What is made of a pod's last words.
import { expect, test } from "vitest";
import { type EndedPod, reportOf } from "./report.ts";

function pod(message: string | undefined, finishedAt: string): EndedPod {
  const terminated = {
    exitCode: 1,
    finishedAt: finishedAt as never,
    ...(message !== undefined && { message }),
  };
  return {
    metadata: { name: "p", uid: "u", resourceVersion: "1" },
    status: {
      containerStatuses: [
        { name: "backup", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } },
      ],
    },
  } as EndedPod;
}
const failure = (message: string): string =>
  JSON.stringify({ ok: false, reason: "DestinationFull", message });

test("the pod that ended last speaks", () => {
  const pods = [
    pod(failure("second"), "2026-11-26T03:05:00Z"),
    pod(failure("first"), "2026-11-26T03:00:00Z"),
  ];
  expect(reportOf(pods)).toMatchObject({ ok: false, message: "second" });
});

test.each([
  ["no pod", []],
  ["no message", [pod(undefined, "2026-11-26T03:00:00Z")]],
  ["the end of a log", [pod('{"level":"fatal"\nKilled', "2026-11-26T03:00:00Z")]],
  ["another object", [pod('{"ok":true}', "2026-11-26T03:00:00Z")]],
  [
    "a reason that nobody knows",
    [pod('{"ok":false,"reason":"Tired","message":"x"}', "2026-11-26T03:00:00Z")],
  ],
  ["null", [pod("null", "2026-11-26T03:00:00Z")]],
])("%s is no report", (_, pods) => {
  expect(reportOf(pods)).toBeUndefined();
});
