// One hostname, one site.
import { done, stalled } from "../../engine/index.ts";
import { LmsTenant } from "../../kinds.ts";
import { siteUrl } from "../../settings.ts";
import { tenantOf, type TenantStep } from "../context.ts";
import { hostnameHolder } from "../hostname.ts";
import { BY_HOSTNAME } from "../indexes.ts";

export const hostname: TenantStep = {
  name: "hostname",
  run(ctx) {
    const tenant = tenantOf(ctx);
    const rivals = ctx.cache(LmsTenant).byIndex(BY_HOSTNAME, tenant.spec.hostname) as unknown as LmsTenant[];
    const holder = hostnameHolder(
      tenant,
      rivals,
      (rival) => rival.status?.url === siteUrl(ctx.env.settings, rival),
    );
    if (holder === undefined) return done();
    return stalled(
      "HostnameTaken",
      `spec.hostname: ${tenant.spec.hostname} is served by LmsTenant ${holder.metadata.namespace}/${holder.metadata.name} already; choose another hostname.`,
    );
  },
};
