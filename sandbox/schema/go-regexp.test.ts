// Go's regular expressions in JavaScript: what must match, what must not, what Go refuses.
import { describe, expect, test } from "vitest";
import { goRegExp, RegexpError } from "./go-regexp.ts";

test.each<[string, string[], string[]]>([
  ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", ["a", "a-b"], ["-a", "A", "a\n"]],
  ["^(?i)abc$", ["ABC", "abc"], ["abd"]],
  ["(?i)abc", ["xABCx"], ["ab"]],
  ["a(?i)b|c", ["aB"], ["Ab"]],
  ["\\Aab\\z", ["ab"], ["ab\n", "xab"]],
  ["^[[:alpha:]_]+$", ["aB_"], ["a1"]],
  ["^\\p{Lu}\\pL*$", ["Äb"], ["äb"]],
  ["^\\p{Greek}$", ["α"], ["a"]],
  ["^[\\w\\-\\.\\@]+$", ["a-b.c@d"], ["a b"]],
  ["^\\Qa.b\\E$", ["a.b"], ["axb"]],
  ["^(?P<year>\\d{4})$", ["2020"], ["202"]],
  ["^a{,2}$", ["a{,2}"], ["aa"]],
  ["^[]a]$", ["]", "a"], ["b"]],
  ["^\\x{1F600}$", ["😀"], ["x"]],
  ["^.$", ["😀", "a"], ["ab", "\n"]],
  ["(?s)^.$", ["\n"], []],
])("%s", (pattern, matching, others) => {
  const compiled = goRegExp(pattern);
  expect(matching.filter((text) => !compiled.test(text))).toEqual([]);
  expect(others.filter((text) => compiled.test(text))).toEqual([]);
});

describe("refused as by Go", () => {
  test.each([
    "a(?=b)",
    "a(?!b)",
    "(?<=a)b",
    "(a)\\1",
    "a(",
    "[a",
    "a\\",
    "\\y",
    "(?U)a+",
    "a{1001}",
    "a{0,2000}",
  ])("%s", (pattern) => {
    expect(() => goRegExp(pattern)).toThrow(RegexpError);
  });
});
