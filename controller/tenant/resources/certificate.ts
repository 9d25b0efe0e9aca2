import type { LmsTenant } from "../../../api/index.ts";
import { childMeta, names } from "../names.ts";
import type { Certificate } from "../optional/kinds.ts";

type IssuerRef = NonNullable<NonNullable<LmsTenant["spec"]["tls"]>["issuerRef"]>;

/** A certificate for the hostname, in the Secret that the Ingress names. */
export function certificate(tenant: LmsTenant, { name, kind }: IssuerRef): Certificate {
  const { certificateSecret } = names(tenant.metadata.name);
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: childMeta(tenant, certificateSecret, "lms"),
    spec: {
      secretName: certificateSecret,
      dnsNames: [tenant.spec.hostname],
      issuerRef: { name, kind, group: "cert-manager.io" },
    },
  };
}
