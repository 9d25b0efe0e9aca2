import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "./lines.ts";

test("however the bytes are split, also inside a character, the lines are the same", () => {
  const text = fc.array(
    fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", " ", "é💥漢", '{"a":"\\n"}')),
    { maxLength: 8 },
  );
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  fc.assert(
    fc.property(text, fc.boolean(), cuts, (parts, finished, at) => {
      const lines = parts.map((part) => part.replaceAll("\n", ""));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join("") + (finished ? "" : "unfinished"));
      const points = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const splitter = new LineSplitter();
      const got = points.slice(1).flatMap((end, n) => splitter.push(bytes.subarray(points[n], end)));
      expect(got).toEqual(lines.filter((line) => line.trim() !== ""));
      expect(splitter.pendingBytes).toBe(finished ? 0 : "unfinished".length);
    }),
    { numRuns: 1_000 },
  );
});

test("byte by byte", () => {
  const splitter = new LineSplitter();
  const got = [...Buffer.from("Grüße 💥\n\nzwei\n")].flatMap((byte) => splitter.push(Buffer.of(byte)));
  expect(got).toEqual(["Grüße 💥", "zwei"]);
});

test("a line without an end is refused before it fills the memory", () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(8 * 1024 * 1024, "x");
  for (let n = 0; n < 8; n++) splitter.push(chunk);
  expect(() => splitter.push(chunk)).toThrow(/a line of more than 67108864 bytes/);
});
