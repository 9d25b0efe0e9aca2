// From a kind's definition to its CustomResourceDefinition (apiextensions.k8s.io/v1). Pure; scripts/generate.ts writes the files.
import { GROUP, type KindDefinition, VERSION } from "./kinds/kind.ts";

/** The CRD of a kind as a plain object, ready for YAML. */
export function customResourceDefinition(kind: KindDefinition): Record<string, unknown> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [...kind.shortNames],
        categories: ["provost"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns.map((column) => ({ ...column })),
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: kind.description,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string", description: `Always \`${GROUP}/${VERSION}\`.` },
                kind: { type: "string", description: `Always \`${kind.kind}\`.` },
                metadata: { type: "object" },
                spec: kind.spec,
                status: kind.status,
              },
              ...(kind.rules ? { "x-kubernetes-validations": kind.rules } : {}),
            },
          },
        },
      ],
    },
  };
}
