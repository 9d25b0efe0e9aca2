// Which release a site should be on: every policy, channel and upgrade path, as a table.
import { describe, expect, test } from "vitest";
import type { LmsTenant, ReleaseCatalog } from "../../api/index.ts";
import { firstOf, targetOf } from "./target.ts";

type Offer = ReleaseCatalog["spec"]["releases"][number];
type Spec = LmsTenant["spec"];

const offer = (version: string, more: Partial<Offer> = {}): Offer => ({
  version,
  image: `lms:${version}`,
  channel: "Stable",
  security: false,
  withdrawn: false,
  ...more,
});
const catalog = (...releases: Offer[]): ReleaseCatalog =>
  ({ metadata: { name: "provost" }, spec: { releases } }) as never;
const tenant = ({
  update,
  ...spec
}: Partial<Omit<Spec, "update">> & { update?: object }): Pick<LmsTenant, "spec"> => ({
  spec: {
    ...spec,
    ...(update && {
      update: { policy: "Manual", channel: "Stable", catalogRef: { name: "provost" }, ...update },
    }),
  } as never,
});
const ALL = catalog(
  offer("1.4.0"),
  offer("1.4.1", { security: true }),
  offer("1.4.2"),
  offer("1.5.0"),
  offer("1.10.0", { upgradesFrom: "1.5.0" }),
  offer("1.11.0", { channel: "Candidate" }),
  offer("1.12.0", { withdrawn: true }),
  offer("2.0.0"),
);
const at = (version: string) => ({ version, image: `lms:${version}` });

describe("by policy", () => {
  test.each([
    ["Patch", "1.4.0", "1.4.2"],
    ["Patch", "1.4.2", undefined],
    ["Security", "1.4.0", "1.4.1"],
    ["Security", "1.4.1", undefined],
    // 1.10.0 is newer, and cannot be reached from here: the stone to step on comes first.
    ["Minor", "1.4.0", "1.5.0"],
    ["Minor", "1.5.0", "1.10.0"],
    ["Minor", "1.10.0", undefined],
    ["Minor", "2.0.0", undefined],
    ["Manual", "1.4.0", undefined],
  ])("%s takes a site on %s to %s", (policy, from, to) => {
    const target = targetOf(tenant({ update: { policy } }), at(from), ALL);
    if (to === undefined) expect(target).toEqual({ kind: "none" });
    else
      expect(target).toEqual({
        kind: "release",
        release: at(to),
        security: to === "1.4.1",
        declared: false,
      });
  });

  test("candidates are for those who ask for them, what was withdrawn for nobody", () => {
    const target = targetOf(tenant({ update: { policy: "Minor", channel: "Candidate" } }), at("1.10.0"), ALL);
    expect(target).toMatchObject({ release: at("1.11.0") });
  });

  test("a version that is not known yet, or an image under another name, moves nobody", () => {
    const patch = tenant({ update: { policy: "Patch" } });
    expect(targetOf(patch, {}, ALL)).toEqual({ kind: "none" });
    expect(targetOf(patch, { version: "1.4.0", image: "lms:1.4.2" }, ALL)).toEqual({ kind: "none" });
  });
});

describe("by name", () => {
  const named = (version: string, from: string, of: ReleaseCatalog | undefined = ALL) =>
    targetOf(tenant({ version, update: {} }), at(from), of);
  test("up, down, and where it is", () => {
    expect(named("2.0.0", "1.4.0")).toMatchObject({ release: at("2.0.0"), declared: true });
    expect(named("1.4.0", "1.4.2")).toMatchObject({ release: at("1.4.0"), declared: true });
    expect(named("1.12.0", "1.12.0")).toEqual({ kind: "none" });
  });
  test.each([
    ["1.4.9", "1.4.0", "ReleaseNotFound", /no release 1\.4\.9; its newest is 2\.0\.0/],
    ["1.12.0", "1.4.0", "ReleaseWithdrawn", /1\.12\.0 was withdrawn/],
    ["1.10.0", "1.4.0", "UpgradePath", /from 1\.5\.0, and the site is on 1\.4\.0/],
  ])("%s from %s: %s", (version, from, reason, message) => {
    expect(named(version, from)).toMatchObject({
      kind: "unknown",
      reason,
      message: expect.stringMatching(message) as string,
    });
  });
  test("without a catalog it cannot be told; an image needs none", () => {
    const byVersion = tenant({ version: "1.4.0", update: {} });
    expect(targetOf(byVersion, at("1.4.0"), undefined)).toMatchObject({ reason: "CatalogNotFound" });
    const byImage = tenant({ image: "mine:2", update: {} });
    expect(targetOf(byImage, { image: "mine:1" }, undefined)).toMatchObject({ release: { image: "mine:2" } });
    expect(targetOf(byImage, { image: "mine:2" }, undefined)).toEqual({ kind: "none" });
  });
});

test("a new site begins with the newest of its channel, or with the one it names", () => {
  expect(firstOf(tenant({ update: { policy: "Patch" } }), ALL)?.version).toBe("2.0.0");
  expect(firstOf(tenant({ version: "1.4.1", update: {} }), ALL)?.version).toBe("1.4.1");
  expect(firstOf(tenant({ update: {} }), ALL)).toBeUndefined();
  expect(firstOf(tenant({}), ALL)).toBeUndefined();
});
