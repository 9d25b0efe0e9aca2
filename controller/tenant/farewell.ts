// What a deleted tenant leaves behind, told in an event: whoever looks afterwards finds the learner data again. Pure, but
// for who remembers how to tell.
import type { LmsTenant } from "../../api/index.ts";
import { isOwnedBy, type Live, type ObjectEvents } from "../engine/index.ts";
import { namespaceOf } from "./names.ts";

/** How kubectl calls the kinds that hold what belongs to the learners. */
const ARGUMENTS = {
  Cluster: "cluster.postgresql.cnpg.io",
  PersistentVolumeClaim: "pvc",
  Secret: "secret",
} as const;

/** A claim, a Cluster of CloudNativePG or a Secret with what belongs to the learners. */
export type Possession = Pick<Live, "metadata"> & { readonly kind: keyof typeof ARGUMENTS };

/** One event about the tenant. */
export interface FarewellEvent {
  readonly reason: "LearnerDataKept" | "LearnerDataRemoved";
  readonly message: string;
}

/** The token of the admin API is the runtime's, and goes with it. */
const OF_LEARNERS: ReadonlySet<string | undefined> = new Set(["database", "directory"]);

/**
 * The events of a tenant that is gone. What the tenant owns is being collected; what it does not own stays (ADR 5).
 * @param found everything in its namespace that may be its
 */
export function farewellEvents(tenant: LmsTenant, found: readonly Possession[]): FarewellEvent[] {
  const { name, uid } = tenant.metadata;
  const its = found
    .filter(({ metadata: { labels } }) => {
      const component = labels?.["app.kubernetes.io/component"];
      return labels?.["app.kubernetes.io/instance"] === name && OF_LEARNERS.has(component);
    })
    .sort((a, b) => titleOf(a).localeCompare(titleOf(b)));
  const owned = (one: Possession): boolean => isOwnedBy(one, uid);
  const [kept, removed] = [its.filter((one) => !owned(one)), its.filter(owned)];
  const { external } = tenant.spec.database;
  const others = external ? ` Its database (Secret ${external.secretRef.name}) was left as it is.` : "";
  const events: FarewellEvent[] = [];
  if (removed.length > 0)
    events.push({
      reason: "LearnerDataRemoved",
      message: `Removed with the tenant (deletionPolicy ${tenant.spec.deletionPolicy}): ${listed(removed)}.${others}`,
    });
  if (kept.length > 0)
    events.push({
      reason: "LearnerDataKept",
      message:
        `Kept after the tenant's deletion (deletionPolicy ${tenant.spec.deletionPolicy}): ${listed(kept)}.${others} An LmsTenant ${name} in this namespace takes them up again. ` +
        `To remove them for good: kubectl delete -n ${namespaceOf(tenant)} ${kept.map(argument).join(" ")}`,
    });
  return events;
}

const titleOf = ({ kind, metadata }: Possession): string => `${kind} ${metadata.name}`;
const listed = (possessions: readonly Possession[]): string => possessions.map(titleOf).join(", ");
const argument = ({ kind, metadata }: Possession): string => `${ARGUMENTS[kind]}/${metadata.name}`;

/** How to tell of each tenant that this process reconciled; one that is gone is reconciled no more. */
export class Farewells {
  readonly #events = new Map<string, ObjectEvents>();

  /** Remembers how events about a tenant are recorded. */
  remember(tenant: Pick<LmsTenant, "metadata">, events: ObjectEvents): void {
    this.#events.set(tenant.metadata.uid ?? "", events);
  }

  /** Tells what a tenant that is gone leaves behind. Only whoever reconciled it does: the leader. */
  tell(tenant: LmsTenant, found: readonly Possession[]): void {
    const { uid = "" } = tenant.metadata;
    const events = this.#events.get(uid);
    this.#events.delete(uid);
    if (!events) return;
    for (const { reason, message } of farewellEvents(tenant, found)) events.normal(reason, message);
  }
}
