// Words of apply/: what to own and what came of it.
import type { KubeObject, Live } from "../client/object.ts";

export interface ApplyOwnedOptions {
  /** Take the named conflicts over from other managers instead of throwing `ApplyConflictError`. Default false. */
  readonly force?: boolean;
  /**
   * What to do with a live object that has no owner yet (somebody made it by hand). Default false: `NotOwnedError`.
   * An object owned by somebody else is never adopted.
   */
  readonly adopt?: boolean;
  /** Default true. False: no owner reference is set (for objects that must outlive the owner); ownership is not checked. */
  readonly ownerReference?: boolean;
  /** Called before an object is made that is not there; throws to prevent it. */
  readonly beforeCreate?: () => Promise<void>;
}

/** What `applyOwned` did. */
export interface AppliedObject<T extends KubeObject> {
  readonly object: Live<T>;
  readonly action: "created" | "updated" | "unchanged";
  /** JSON paths that differed, e.g. `.spec.replicas`; empty when unchanged. For logs. */
  readonly differences: readonly string[];
  /** What we declare is not what we applied last; with `updated` and false, somebody else changed the object. */
  readonly redeclared: boolean;
}
