// What the operator was started with, as the reconcilers see it.

export interface Settings {
  /** Runtime image of tenants that name none. */
  readonly lmsImage: string;
  /** Address of a site; `{hostname}` and `{scheme}` are replaced. */
  readonly siteUrlTemplate: string;
  /** How often everything in an LMS is observed again although nothing changed. */
  readonly resyncMs: number;
  /** How long a deleted Course or RoleBinding waits for an LMS that does not answer before it lets go. */
  readonly finalizerDeadlineMs: number;
  /**
   * Whether the admin port is closed to all but operator pods. Off when the operator runs outside the cluster: then
   * the API server's proxy is the caller, which no pod selector can name.
   */
  readonly restrictAdminPort: boolean;
  /** Label selector of the tenants, courses and bindings that this operator serves; all when absent (docs/scale.md). */
  readonly selector?: string;
  /** The operator serves one namespace only and may not look at namespaces themselves. */
  readonly singleNamespace: boolean;
}

/** Address of a site for people, without a trailing slash. */
export function siteUrl(settings: Settings, tenant: { spec: { hostname: string; tls?: unknown } }): string {
  return settings.siteUrlTemplate
    .replaceAll("{scheme}", tenant.spec.tls ? "https" : "http")
    .replaceAll("{hostname}", tenant.spec.hostname);
}

/** How the caches of our kinds are limited to the shard of this operator. */
export function shardOf({ selector }: Settings): { labelSelector?: string } {
  return selector === undefined ? {} : { labelSelector: selector };
}
