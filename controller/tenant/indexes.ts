// Under what a tenant is found: the Secrets and ConfigMaps it names, its hostname. Pure.
import type { Live } from "../engine/index.ts";
import type { LmsTenant } from "../kinds.ts";
import { databaseSource } from "./database-source.ts";
import { names, namespaceOf } from "./names.ts";

export const BY_SECRET = "secret";
export const BY_CONFIG_MAP = "config-map";
export const BY_HOSTNAME = "hostname";
/** Those that take releases from a catalog. */
export const BY_CATALOG = "catalog";

export const tenantIndexers = {
  [BY_SECRET]: (tenant: Live<LmsTenant>): string[] => {
    const { users = [], tls } = tenant.spec;
    const source = databaseSource(tenant as unknown as LmsTenant);
    return distinct(tenant, [
      ...users.map((user) => user.passwordSecretRef?.name),
      ...(source.ours ? [] : [source.secret]),
      ...(tls?.issuerRef ? [names(tenant.metadata.name).certificateSecret] : []),
    ]);
  },
  [BY_CONFIG_MAP]: (tenant: Live<LmsTenant>): string[] =>
    distinct(tenant, [tenant.spec.site.branding?.logo?.configMapKeyRef?.name]),
  [BY_HOSTNAME]: (tenant: Live<LmsTenant>): string[] => [tenant.spec.hostname],
  [BY_CATALOG]: ({ spec: { update } }: Live<LmsTenant>): string[] => (update ? [update.catalogRef.name] : []),
};

function distinct(tenant: Live<LmsTenant>, named: readonly (string | undefined)[]): string[] {
  const present = new Set(named.filter((name) => name !== undefined));
  return [...present].map((name) => `${namespaceOf(tenant)}/${name}`);
}
