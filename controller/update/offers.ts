// The catalog that a policy names, as far as this operator may see it.
import type { ReleaseCatalog as ReleaseCatalogObject } from "../../api/index.ts";
import type { ReconcileContext } from "../engine/index.ts";
import type { Environment } from "../environment.ts";
import { ReleaseCatalog } from "../kinds.ts";

/** `undefined` when there is none. An operator of one namespace looks at nothing beside it: it has releases by image. */
export function catalogNamed(
  { cache, env }: Pick<ReconcileContext, "cache"> & { readonly env: Environment },
  name: string,
): ReleaseCatalogObject | undefined {
  if (env.settings.singleNamespace) return undefined;
  return cache(ReleaseCatalog).get({ namespace: "", name }) as ReleaseCatalogObject | undefined;
}
