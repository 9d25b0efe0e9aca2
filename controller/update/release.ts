// Which release a site is on, and which image its runtime is to have. Pure.
import type { LmsTenant, ReleaseCatalog } from "../../api/index.ts";
import { imageOfUpdate, isUnderWay, type Release } from "./state.ts";
import { firstOf } from "./target.ts";

/** What the site is on as far as it is known: of an update under way the release before. */
export function currentOf({ status }: Pick<LmsTenant, "status">): Partial<Release> {
  const { update, version, image } = status ?? {};
  if (update === undefined)
    return { ...(version !== undefined && { version }), ...(image !== undefined && { image }) };
  if (isUnderWay(update)) return update.from;
  const release = imageOfUpdate(update) === update.to.image ? update.to : update.from;
  return { ...(version !== undefined && { version }), ...release };
}

/** An image, or the release that the manifest names and the catalog does not have. */
export type ImageChoice = { readonly image: string } | { readonly missing: string; readonly catalog: string };

/**
 * The image of a site's runtime. Where updates are declared, a site that is set up changes it by an update alone.
 * @param fallback the operator's own release
 */
export function runtimeImage(
  tenant: Pick<LmsTenant, "spec" | "status">,
  catalog: ReleaseCatalog | undefined,
  fallback: string,
): ImageChoice {
  const { spec, status } = tenant;
  if (!spec.update) return { image: spec.image ?? fallback };
  if (status?.update) return { image: imageOfUpdate(status.update) };
  if (status?.siteDigest !== undefined && status.image !== undefined) return { image: status.image };
  if (spec.image !== undefined) return { image: spec.image };
  const first = firstOf(tenant, catalog);
  if (spec.version !== undefined && first === undefined)
    return { missing: spec.version, catalog: spec.update.catalogRef.name };
  return { image: first?.image ?? fallback };
}
