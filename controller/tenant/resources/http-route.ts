import type { LmsTenant } from "../../../api/index.ts";
import { childMeta, HTTP_SERVICE_PORT, names } from "../names.ts";
import type { HTTPRoute } from "../optional/kinds.ts";

type Gateway = NonNullable<LmsTenant["spec"]["gateway"]>;

/** Routes the hostname to the site's port, and to no other: the admin port is never exposed. */
export function httpRoute(tenant: LmsTenant, { parentRefs }: Gateway): HTTPRoute {
  const { ingress, runtime } = names(tenant.metadata.name);
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: childMeta(tenant, ingress, "lms"),
    spec: {
      parentRefs: parentRefs.map((parent) => ({ ...parent })),
      hostnames: [tenant.spec.hostname],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: runtime, port: HTTP_SERVICE_PORT }],
        },
      ],
    },
  };
}
