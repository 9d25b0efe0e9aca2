// Whether the ways to a site are open, by what others say of the objects we declared. Pure.
import type { Live } from "../engine/index.ts";
import type { Certificate, HTTPRoute, ParentRef } from "./optional/kinds.ts";
import { withoutStop } from "../words.ts";

/** What a route still lacks, in plain words; `undefined` when every parent has accepted it. */
export function routeLacks(route: Live<HTTPRoute>): string | undefined {
  for (const parent of route.spec?.parentRefs ?? []) {
    const said = route.status?.parents?.find(({ parentRef }) => isSame(parentRef, parent, route));
    const condition = (type: string) =>
      said?.conditions?.find((one) => one.type === type && isCurrent(one, route));
    const accepted = condition("Accepted");
    const resolved = condition("ResolvedRefs");
    const gateway = `Gateway ${parent.namespace === undefined ? "" : `${parent.namespace}/`}${parent.name}`;
    if (accepted === undefined)
      return `${gateway} has not answered yet: is it there, and does its controller run?`;
    for (const one of [accepted, resolved])
      if (one && one.status !== "True")
        return `${gateway} does not take it: ${words(one.reason, one.message)}`;
  }
  return undefined;
}

/** What a certificate still lacks; `undefined` when it is issued and valid. */
export function certificateLacks(certificate: Live<Certificate> | undefined): string | undefined {
  const ready = certificate?.status?.conditions?.find(({ type }) => type === "Ready");
  if (certificate === undefined || ready === undefined || !isCurrent(ready, certificate))
    return "cert-manager has not answered yet: does it run, and is there the issuer?";
  return ready.status === "True" ? undefined : `cert-manager says ${words(ready.reason, ready.message)}`;
}

interface Observed {
  readonly observedGeneration?: number;
}

/** An answer to an earlier declaration is none. */
function isCurrent({ observedGeneration }: Observed, { metadata }: { readonly metadata: Live["metadata"] }) {
  return observedGeneration === undefined || observedGeneration >= (metadata.generation ?? 0);
}

function isSame(one: ParentRef, other: ParentRef, route: Live<HTTPRoute>): boolean {
  const at = (ref: ParentRef): string =>
    [ref.namespace ?? route.metadata.namespace, ref.name, ref.sectionName ?? ""].join("/");
  return at(one) === at(other);
}

function words(reason = "", message = ""): string {
  return [reason, withoutStop(message)].filter(Boolean).join(": ");
}
