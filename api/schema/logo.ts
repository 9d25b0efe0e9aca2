// The picture that stands for a site.
import * as f from "./fields.ts";
import type { Structural } from "./structural.ts";

/** `spec.site.branding.logo` of a tenant. */
export const logo = {
  type: "object",
  description:
    "The site's logo, shown in the header of every page. Exactly one of `svg` and `configMapKeyRef`.",
  required: ["alt"],
  properties: {
    alt: { type: "string", description: "Text for those who do not see the picture.", maxLength: 200 },
    svg: { type: "string", description: "The picture as SVG source.", minLength: 1, maxLength: 65536 },
    configMapKeyRef: {
      ...f.keyRef,
      description: "A ConfigMap key holding the picture: `binaryData` for PNG, WebP or JPEG, `data` for SVG.",
    },
  },
  "x-kubernetes-validations": [
    {
      rule: "has(self.svg) != has(self.configMapKeyRef)",
      message: "exactly one of svg and configMapKeyRef must be set: set one, remove the other",
    },
  ],
} as const satisfies Structural;
