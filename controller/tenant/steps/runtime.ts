// The LMS runtime, and who may talk to it.
import { Deployment, NetworkPolicy, requeueAfter, Service, ServiceAccount } from "../../engine/index.ts";
import { readSecret, secretText } from "../../environment.ts";
import { besides, imageFor, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { FINGERPRINT_KEY, fingerprint } from "../credentials.ts";
import { databaseSource } from "../database-source.ts";
import { credentialsText } from "../external-database.ts";
import { names } from "../names.ts";
import { runtimeDeployment } from "../resources/deployment.ts";
import { runtimeNetworkPolicy } from "../resources/network-policies.ts";
import { serviceAccount } from "../resources/service-account.ts";
import { healthService, runtimeService } from "../resources/services.ts";
import { siteUrl } from "../../settings.ts";
import { applyChildren, child } from "./child.ts";
import { autoscaled } from "./scale.ts";

export const runtime: TenantStep = {
  name: "runtime",
  async run(ctx) {
    const tenant = tenantOf(ctx);
    const { settings } = ctx.env;
    const image = imageFor(ctx);
    if (typeof image !== "string") return image;
    const credentials = await othersCredentials(ctx);
    if (credentials === "waiting")
      return requeueAfter(1_000, "WaitingForSecret", "The Secrets of the tenant are being made.");
    const digest = credentials === undefined ? {} : { credentialsDigest: credentials };
    const input = { image, ...digest, autoscaled: await autoscaled(ctx) };
    ctx.draft.set({ url: siteUrl(settings, tenant) });
    return applyChildren(ctx, { reason: "RuntimeMade", what: "the LMS" }, [
      child(ServiceAccount, serviceAccount(tenant), "metadata.name"),
      child(Deployment, runtimeDeployment(tenant, input), "spec (image, replicas, resources)"),
      child(Service, runtimeService(tenant), "metadata.name"),
      child(Service, healthService(tenant), "metadata.name"),
      child(NetworkPolicy, runtimeNetworkPolicy(tenant, settings.restrictAdminPort), "spec.monitoring.from"),
    ]);
  },
};

/** A keyed digest, so that nothing of a password can be guessed from the pod template. */
async function othersCredentials(ctx: TenantContext): Promise<string | undefined> {
  const source = databaseSource(tenantOf(ctx));
  if (source.ours) return undefined;
  const accounts = await readSecret(ctx, besides(ctx, names(ctx.key.name).accountsSecret));
  const key = secretText(accounts, FINGERPRINT_KEY);
  const secret = await readSecret(ctx, besides(ctx, source.secret));
  if (key === undefined || secret?.data === undefined) return "waiting";
  return fingerprint(key, credentialsText(secret.data, source.databaseKey));
}
