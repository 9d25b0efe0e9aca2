// The LMS runtime and the ways to it.
import {
  Deployment,
  Ingress,
  NetworkPolicy,
  requeueAfter,
  Service,
  ServiceAccount,
} from "../../engine/index.ts";
import { readSecret, secretText } from "../../environment.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { FINGERPRINT_KEY, fingerprint } from "../credentials.ts";
import { credentialsText } from "../external-database.ts";
import { names } from "../names.ts";
import { runtimeDeployment } from "../resources/deployment.ts";
import { ingress } from "../resources/ingress.ts";
import { runtimeNetworkPolicy } from "../resources/network-policies.ts";
import { serviceAccount } from "../resources/service-account.ts";
import { healthService, runtimeService } from "../resources/services.ts";
import { siteUrl } from "../../settings.ts";
import { applyChildren, child } from "./child.ts";

export const runtime: TenantStep = {
  name: "runtime",
  async run(ctx) {
    const tenant = tenantOf(ctx);
    const { settings } = ctx.env;
    const image = tenant.spec.image ?? settings.lmsImage;
    const credentials = await externalCredentials(ctx);
    if (credentials === "waiting")
      return requeueAfter(1_000, "WaitingForSecret", "The Secrets of the tenant are being made.");
    const digest = credentials === undefined ? {} : { credentialsDigest: credentials };
    ctx.draft.set({ url: siteUrl(settings, tenant) });
    return applyChildren(ctx, { reason: "RuntimeMade", what: "the LMS" }, [
      child(ServiceAccount, serviceAccount(tenant), "metadata.name"),
      child(Deployment, runtimeDeployment(tenant, { image, ...digest }), "spec (image, replicas, resources)"),
      child(Service, runtimeService(tenant), "metadata.name"),
      child(Service, healthService(tenant), "metadata.name"),
      child(NetworkPolicy, runtimeNetworkPolicy(tenant, settings.restrictAdminPort), "metadata.name"),
      child(Ingress, ingress(tenant), "spec (hostname, tls, ingress)"),
    ]);
  },
};

/** A keyed digest, so that nothing of a password can be guessed from the pod template. */
async function externalCredentials(ctx: TenantContext): Promise<string | undefined> {
  const { external } = ctx.object.spec.database;
  if (!external) return undefined;
  const accounts = await readSecret(ctx, besides(ctx, names(ctx.key.name).accountsSecret));
  const key = secretText(accounts, FINGERPRINT_KEY);
  const secret = await readSecret(ctx, besides(ctx, external.secretRef.name));
  if (key === undefined || secret?.data === undefined) return "waiting";
  return fingerprint(key, credentialsText(secret.data));
}
