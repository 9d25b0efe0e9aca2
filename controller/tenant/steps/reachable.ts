// Last of all: the site serves, and others still have to open the way to it (a certificate, a Gateway).
import { done, requeueAfter, Secret, type StepResult } from "../../engine/index.ts";
import { besides, type TenantContext, type TenantStep } from "../context.ts";
import { names } from "../names.ts";
import { Certificate, HTTPRoute } from "../optional/kinds.ts";
import { waitingFor } from "../progress.ts";
import { certificateLacks, routeLacks } from "../ways.ts";
import { isServed } from "./optional-child.ts";

/** What others say wakes us; this is for when it cannot. */
const LOOK_AGAIN_MS = 60_000;

interface Way {
  readonly condition: "CertificateReady" | "RouteAccepted";
  readonly reason: string;
  /** What is so when nothing lacks. */
  readonly open: string;
  readonly lacks: string | undefined;
}

export const reachable: TenantStep = {
  name: "reachable",
  run(ctx) {
    const results = [
      tell(ctx, "CertificateReady", certificateWay(ctx)),
      tell(ctx, "RouteAccepted", routeWay(ctx)),
    ];
    return results.find(({ type }) => type !== "done") ?? done();
  },
};

function certificateWay(ctx: TenantContext): Omit<Way, "condition"> | undefined {
  if (!ctx.object.spec.tls?.issuerRef) return undefined;
  const { certificateSecret: secret } = names(ctx.key.name);
  if (isServed(ctx, Certificate)) {
    const lacks = certificateLacks(ctx.cache(Certificate).get(besides(ctx, secret)));
    return {
      reason: "WaitingForCertificate",
      open: `Secret ${secret} holds a certificate.`,
      lacks: lacks && `waiting for the certificate in Secret ${secret}: ${lacks}`,
    };
  }
  const there = ctx.cache(Secret).get(besides(ctx, secret)) !== undefined;
  return {
    reason: "ApiAbsent",
    open: `Secret ${secret} is there; this cluster has no cert-manager that would renew it.`,
    lacks: there
      ? undefined
      : `waiting for the certificate in Secret ${secret}: this cluster does not serve Certificate (cert-manager.io/v1), so nobody makes it`,
  };
}

function routeWay(ctx: TenantContext): Omit<Way, "condition"> | undefined {
  if (!ctx.object.spec.gateway || !isServed(ctx, HTTPRoute)) return undefined;
  const { ingress: name } = names(ctx.key.name);
  const route = ctx.cache(HTTPRoute).get(besides(ctx, name));
  const lacks = route ? routeLacks(route) : "it is being made";
  return {
    reason: "WaitingForGateway",
    open: `The Gateways have accepted HTTPRoute ${name}.`,
    lacks: lacks && `waiting for HTTPRoute ${name} to be accepted: ${lacks}`,
  };
}

function tell(
  ctx: TenantContext,
  type: Way["condition"],
  way: Omit<Way, "condition"> | undefined,
): StepResult {
  if (way === undefined) {
    ctx.draft.removeCondition(type);
    return done();
  }
  const { reason, open, lacks } = way;
  if (lacks === undefined) {
    ctx.draft.condition({ type, status: "True", reason: type, message: open });
    return done();
  }
  const message = waitingFor(`The site serves; ${lacks}`);
  ctx.draft.condition({ type, status: "False", reason, message });
  return requeueAfter(LOOK_AGAIN_MS, reason, message);
}
