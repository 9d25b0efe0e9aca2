import { expect, test } from "vitest";
import { sameQuantity } from "./quantity.ts";

test.each([
  [".spec.resources.limits.memory", "1Gi", "1024Mi", true],
  [".spec.resources.limits.memory", "1Gi", "1G", false],
  [".spec.resources.requests.cpu", "1000m", "1", true],
  [".spec.resources.requests.cpu", 1, "1", true],
  [".spec.resources.requests.cpu", "0.5", "500m", true],
  [".spec.resources.requests.storage", "1e3", "1k", true],
  [".spec.resources.requests.storage", "12E", "12E1", false],
  [".spec.capacity.storage", "10Gi", "10240Mi", true],
  [".spec.hard.pods", "1e1", "10", true],
  [".spec.volumes[tmp].emptyDir.sizeLimit", "64Mi", "65536Ki", true],
  [".spec.resources.limits.memory", "1Gi", "a lot", false],
  [".spec.resources.limits.memory", "1Gi", undefined, false],
  // Elsewhere they are words.
  [".spec.version", "1", "1000m", false],
  [".spec.limits", "1Gi", "1024Mi", false],
  // Names may have dots in them, and what stands under them are words too.
  [".data.jvm.limits.memory", "1Gi", "1024Mi", false],
  [".metadata.annotations.example.org/requests.cpu", "1", "1000m", false],
])("at %s, %j and %j are the same amount: %j", (path, a, b, same) => {
  expect(sameQuantity(path, a, b)).toBe(same);
  expect(sameQuantity(path, b, a)).toBe(same);
});
