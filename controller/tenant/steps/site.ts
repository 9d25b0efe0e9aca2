// Title, texts, branding, categories, access policy: the site document.
import { digestOf } from "../../../api/index.ts";
import { type Live, type ConfigMap, requeueAfter, stalled } from "../../engine/index.ts";
import { readConfigMap } from "../../environment.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { type LogoDocument, siteDocument, siteField } from "../documents.ts";
import { logoDocument, type LogoFault } from "../logo.ts";
import { bringDocument } from "./document.ts";

const LOOK_AGAIN_MS = 60_000;

export const site: TenantStep = {
  name: "site",
  async run(ctx) {
    const logo = await logoOf(ctx);
    if (logo && "terminal" in logo) {
      const { reason, message, terminal } = logo;
      ctx.draft.condition({ type: "Configured", status: "False", reason, message });
      return terminal ? stalled(reason, message) : requeueAfter(LOOK_AGAIN_MS, reason, message);
    }
    const document = siteDocument(tenantOf(ctx), logo);
    return bringDocument(ctx, {
      what: "the site",
      condition: "Configured",
      reason: "SiteConfigured",
      digest: digestOf(document),
      digestField: "siteDigest",
      place: siteField,
      state: (digests) => digests.site,
      put: (lms) => lms.putSite(document, ctx.signal),
    });
  },
};

async function logoOf(ctx: TenantContext): Promise<LogoDocument | LogoFault | undefined> {
  const declared = ctx.object.spec.site.branding?.logo;
  if (!declared) return undefined;
  const ref = declared.configMapKeyRef;
  const configMap: Live<ConfigMap> | undefined = ref && (await readConfigMap(ctx, besides(ctx, ref.name)));
  return logoDocument(declared, configMap);
}
