// Under what a tenant is found: the Secrets and ConfigMaps it names, its hostname. Pure.
import type { Live } from "../engine/index.ts";
import type { LmsTenant } from "../kinds.ts";
import { namespaceOf } from "./names.ts";

export const BY_SECRET = "secret";
export const BY_CONFIG_MAP = "config-map";
export const BY_HOSTNAME = "hostname";

export const tenantIndexers = {
  [BY_SECRET]: (tenant: Live<LmsTenant>): string[] => {
    const { users = [], database } = tenant.spec;
    const named = [...users.map((user) => user.passwordSecretRef?.name), database.external?.secretRef.name];
    return distinct(tenant, named);
  },
  [BY_CONFIG_MAP]: (tenant: Live<LmsTenant>): string[] =>
    distinct(tenant, [tenant.spec.site.branding?.logo?.configMapKeyRef?.name]),
  [BY_HOSTNAME]: (tenant: Live<LmsTenant>): string[] => [tenant.spec.hostname],
};

function distinct(tenant: Live<LmsTenant>, named: readonly (string | undefined)[]): string[] {
  const present = new Set(named.filter((name) => name !== undefined));
  return [...present].map((name) => `${namespaceOf(tenant)}/${name}`);
}
