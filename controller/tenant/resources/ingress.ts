import type { LmsTenant } from "../../../api/index.ts";
import type { Ingress } from "../../engine/index.ts";
import { childMeta, names } from "../names.ts";

/** Routes the hostname to the site's port, and to no other: the admin port is never exposed. */
export function ingress(tenant: LmsTenant): Ingress {
  const name = names(tenant.metadata.name);
  const { hostname, tls } = tenant.spec;
  const secretName = tls?.secretRef?.name ?? name.certificateSecret;
  const { className, annotations } = tenant.spec.ingress ?? {};
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      ...childMeta(tenant, name.ingress, "lms"),
      ...(annotations ? { annotations: { ...annotations } } : {}),
    },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tls ? { tls: [{ hosts: [hostname], secretName }] } : {}),
      rules: [
        {
          host: hostname,
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: name.runtime, port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    },
  };
}
