// What is made of a pod's last words.
import { expect, test } from "vitest";
import { type EndedPod, jsonObject, lastMessage } from "./last-message.ts";

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
test("the pod that ended last speaks", () => {
  const pods = [pod("second", "2026-11-26T03:05:00Z"), pod("first", "2026-11-26T03:00:00Z")];
  expect(lastMessage(pods)).toBe("second");
});

test.each([
  ["no pod", []],
  ["no message", [pod(undefined, "2026-11-26T03:00:00Z")]],
  [
    "one that said something before the last one, which was killed",
    [pod("first", "2026-11-26T03:00:00Z"), pod(undefined, "2026-11-26T03:05:00Z")],
  ],
])("%s says nothing", (_, pods) => {
  expect(lastMessage(pods)).toBeUndefined();
});

test.each([
  ["the end of a log", '{"level":"fatal"\nKilled'],
  ["null", "null"],
  ["a number", "3"],
])("%s is no object", (_, text) => expect(jsonObject(text)).toBeUndefined());
