// The ways to the site: an Ingress or a route of the Gateway API, and the certificate.
import { done, Ingress, type ResourceType, type StepResult } from "../../engine/index.ts";
import { besides, type TenantContext, tenantOf, type TenantStep } from "../context.ts";
import { names } from "../names.ts";
import { Certificate, HTTPRoute } from "../optional/kinds.ts";
import { certificate } from "../resources/certificate.ts";
import { httpRoute } from "../resources/http-route.ts";
import { ingress } from "../resources/ingress.ts";
import { routeLacks } from "../ways.ts";
import { applyChildren, child } from "./child.ts";
import { applyOptional, isServed, optionalChild, removeChild } from "./optional-child.ts";

const STORY = { reason: "WayMade", what: "the way to the site" };

export const ways: TenantStep = {
  name: "ways",
  async run(ctx) {
    const tenant = tenantOf(ctx);
    const { certificateSecret, ingress: name } = names(ctx.key.name);
    const { gateway, tls } = tenant.spec;
    const issuer = tls?.issuerRef;
    // Nobody is turned away while one way is exchanged for the other: the new one is made first.
    const first = gateway ? done() : await ingressOf(ctx);
    if (first.type !== "done") return first;
    const opened = await applyOptional(ctx, STORY, [
      optionalChild(
        Certificate,
        certificateSecret,
        issuer && certificate(tenant, issuer),
        "spec (hostname, tls)",
      ),
      optionalChild(HTTPRoute, name, gateway && httpRoute(tenant, gateway), "spec (hostname, gateway)"),
    ]);
    if (opened.type !== "done" || !gateway) return opened;
    const last = await ingressOf(ctx);
    return last.type === "done" ? opened : last;
  },
};

/** The Ingress, as long as no Gateway has taken over. */
async function ingressOf(ctx: TenantContext): Promise<StepResult> {
  const { ingress: name } = names(ctx.key.name);
  const key = besides(ctx, name);
  if (ctx.object.spec.gateway && isServed(ctx, HTTPRoute)) {
    const route = ctx.cache(HTTPRoute).get(key);
    if (route && routeLacks(route) === undefined) {
      await removeChild(ctx, Ingress as unknown as ResourceType, name);
      return done();
    }
    // Where there was none, none is needed: the route is the way.
    if (ctx.cache(Ingress).get(key) === undefined) return done();
  }
  return applyChildren(ctx, STORY, [child(Ingress, ingress(tenantOf(ctx)), "spec (hostname, tls, ingress)")]);
}
