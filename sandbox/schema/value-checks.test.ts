import fc from "fast-check";
import { expect, test } from "vitest";
import { longerThan, shorterThan } from "./value-checks.ts";

test("lengths are counted in characters, whatever the text is made of", () => {
  // Surrogates alone and in pairs, beside plain letters.
  const unit = fc.constantFrom("a", "é", "😀", "\ud83d", "\ude00", "𝒳");
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), fc.nat(14), (units, limit) => {
      const text = units.join("");
      const count = [...text].length;
      expect({ longer: longerThan(text, limit), shorter: shorterThan(text, limit) }).toEqual({
        longer: count > limit,
        shorter: count < limit,
      });
    }),
  );
});
