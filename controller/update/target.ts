// Which release a site should be on: what its manifest names, or what its policy takes from the catalog. Pure.
import { compare, gt, lt, major, minor } from "semver";
import type { LmsTenant, ReleaseCatalog } from "../../api/index.ts";
import type { Release } from "./state.ts";

type Offer = ReleaseCatalog["spec"]["releases"][number];
type Policy = NonNullable<LmsTenant["spec"]["update"]>;

export type Target =
  /** `declared`: the manifest names it, and the site is not as declared until it is there. */
  | {
      readonly kind: "release";
      readonly release: Release;
      readonly security: boolean;
      readonly declared: boolean;
    }
  /** The site is where it should be. */
  | { readonly kind: "none" }
  /** It cannot be told, and somebody has to do something. */
  | { readonly kind: "unknown"; readonly reason: string; readonly message: string };

/**
 * @param current what the site is on; its version as far as it is known
 * @param catalog the one that the policy names; `undefined` when it is not there
 */
export function targetOf(
  { spec }: Pick<LmsTenant, "spec">,
  current: Partial<Release>,
  catalog: ReleaseCatalog | undefined,
): Target {
  const policy = spec.update;
  if (!policy) return { kind: "none" };
  if (spec.image !== undefined)
    return reached(current, { image: spec.image }) ?? declared({ image: spec.image }, false);
  if (policy.policy === "Manual" && spec.version === undefined) return { kind: "none" };
  if (!catalog)
    return unknown(
      "CatalogNotFound",
      `ReleaseCatalog ${policy.catalogRef.name} is not there: create it, or name another in spec.update.catalogRef.`,
    );
  return spec.version === undefined
    ? chosen(policy, current, catalog)
    : named(spec.version, current, catalog, policy);
}

/** What a site begins with that is not set up yet; `undefined`: the operator's own release. */
export function firstOf(
  { spec }: Pick<LmsTenant, "spec">,
  catalog: ReleaseCatalog | undefined,
): Offer | undefined {
  const { version, update } = spec;
  if (!update || !catalog) return undefined;
  if (version !== undefined) return catalog.spec.releases.find((offer) => offer.version === version);
  return update.policy === "Manual" ? undefined : newest(onOffer(update, catalog));
}

function named(version: string, current: Partial<Release>, catalog: ReleaseCatalog, policy: Policy): Target {
  const offer = catalog.spec.releases.find((one) => one.version === version);
  if (!offer) {
    const last = newest(onOffer(policy, catalog))?.version;
    return unknown(
      "ReleaseNotFound",
      `spec.version: ReleaseCatalog ${policy.catalogRef.name} has no release ${version}${last === undefined ? "" : `; its newest is ${last}`}.`,
    );
  }
  const there = reached(current, offer);
  if (there) return there;
  if (offer.withdrawn)
    return unknown("ReleaseWithdrawn", `spec.version: release ${version} was withdrawn: name another one.`);
  if (current.version !== undefined && !reaches(current.version, offer))
    return unknown(
      "UpgradePath",
      `spec.version: ${version} can be updated to from ${offer.upgradesFrom ?? ""}, and the site is on ${current.version}: name a release between them first.`,
    );
  return declared(releaseOf(offer), offer.security);
}

function chosen(policy: Policy, current: Partial<Release>, catalog: ReleaseCatalog): Target {
  const { version } = current;
  if (version === undefined) return { kind: "none" };
  const offer = newest(
    onOffer(policy, catalog).filter(
      (one) => gt(one.version, version) && takes(policy, version, one) && reaches(version, one),
    ),
  );
  if (!offer) return { kind: "none" };
  // The same image under another name.
  return (
    reached(current, offer) ?? {
      kind: "release",
      release: releaseOf(offer),
      security: offer.security,
      declared: false,
    }
  );
}

function takes({ policy }: Policy, version: string, offer: Offer): boolean {
  if (major(offer.version) !== major(version)) return false;
  if (policy === "Security") return offer.security;
  return policy === "Minor" || minor(offer.version) === minor(version);
}

/** Whether an offer can be updated to from a version; going back is for the schema to allow. */
function reaches(version: string, { upgradesFrom }: Offer): boolean {
  return upgradesFrom === undefined || !lt(version, upgradesFrom);
}

function onOffer({ channel }: Policy, { spec }: ReleaseCatalog): Offer[] {
  return spec.releases.filter(
    ({ withdrawn, channel: of }) => !withdrawn && (of === "Stable" || channel === "Candidate"),
  );
}

/** The newest of some releases. */
export function newest(offers: readonly Offer[]): Offer | undefined {
  return offers.toSorted((a, b) => compare(b.version, a.version))[0];
}

const releaseOf = ({ version, image }: Offer): Release => ({ version, image });

function reached(current: Partial<Release>, { image }: { readonly image: string }): Target | undefined {
  return current.image === image ? { kind: "none" } : undefined;
}

const declared = (release: Release, security: boolean): Target => ({
  kind: "release",
  release,
  security,
  declared: true,
});

const unknown = (reason: string, message: string): Target => ({ kind: "unknown", reason, message });
