import { describe, expect, test } from "vitest";
import { labelSelector } from "./selector.ts";

const labels = { app: "web", tier: "front", empty: "", "example.org/part-of": "site" };

describe("as the API server reads them:", () => {
  test.each([
    ["", true],
    ["app=web", true],
    ["app==web", true],
    ["app = web", true],
    ["app=api", false],
    ["missing=web", false],
    ["app!=api", true],
    ["app!=web", false],
    ["missing!=web", true],
    ["app in (api,web)", true],
    ["app in ( api , web )", true],
    ["app in (api)", false],
    ["missing in (api)", false],
    ["app notin (api)", true],
    ["app notin (api,web)", false],
    ["missing notin (api)", true],
    ["app", true],
    ["missing", false],
    ["!app", false],
    ["!missing", true],
    ["! missing", true],
    ["empty", true],
    ["empty=", true],
    ["app=", false],
    ["example.org/part-of=site", true],
    ["app=web,tier=front", true],
    ["app=web,tier=back", false],
    [" app in (web,api) , tier notin (back,side),!missing ", true],
    ["app in (web),tier in (back)", false],
    // What every object has is no label.
    ["constructor", false],
    ["!toString", true],
    ["toString notin (a)", true],
  ])("%j holds: %j", (selector, holds) => {
    expect(labelSelector(selector)(labels)).toBe(holds);
  });
});

test("an object without labels has none", () => {
  expect(labelSelector("app")(undefined)).toBe(false);
  expect(labelSelector("!app,app!=web")(undefined)).toBe(true);
});

test.each([
  "app in web",
  "app in (web",
  "=web",
  "app=web=api",
  "app is web",
  "(app)",
  "app in (a)(b)",
  "a b",
  "size>1",
  "size < 3",
])("%j is refused, and the part is named", (selector) => {
  expect(() => labelSelector(`ok=1,${selector}`)).toThrow(SyntaxError);
  expect(() => labelSelector(`ok=1,${selector}`)).toThrow(/cannot read "/);
});
