import { expect, test } from "vitest";
import { sizeText } from "./size.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1 kB"],
  [12_345, "12.3 kB"],
  [999_499, "999 kB"],
  [999_600, "1 MB"],
  [12_345_678, "12.3 MB"],
  [5_000_000_000, "5 GB"],
  [7.25e15, "7250 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
